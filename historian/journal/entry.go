// Package journal keeps what must never be lost or changed unseen: alarms,
// people's actions, changes of configuration, and the states that follow from
// them. Entries form a hash chain; an entry and the documents it changes are
// one transaction in one file, ops.db.
package journal

// Entry is one line of the journal. Times are ns since 1970 UTC.
type Entry struct {
	Seq     int64  `json:"seq"`               // given by the journal: 1, 2, 3 ... without holes
	At      int64  `json:"at"`                // when this station knew
	Source  int64  `json:"source,omitempty"`  // when the device says it happened; 0 when it does not say
	Kind    Kind   `json:"kind"`              // what sort of thing happened
	Action  string `json:"action"`            // such as "annunciated", "acknowledged", "set", "login"
	On      string `json:"on,omitempty"`      // the alarm, tag, device, user or display it happened to
	Area    string `json:"area,omitempty"`    // plant area, for filters
	Who     string `json:"who,omitempty"`     // the person, or the rule a person set; empty for the plant itself
	Station string `json:"station,omitempty"` // the computer it was done at
	Old     string `json:"old,omitempty"`     // value or state before
	New     string `json:"new,omitempty"`     // value or state after
	Outcome string `json:"outcome,omitempty"` // of a command: "asked", "done", "refused: ..."
	Note    string `json:"note,omitempty"`    // comment, reason, or detail
	Ref     string `json:"ref,omitempty"`     // occurrence or command id that joins entries
	Level   int    `json:"level,omitempty"`   // alarm priority, 1 most urgent; 0 none
}

// Kind sorts entries for filters.
type Kind string

// The kinds of entry.
const (
	Alarm   Kind = "alarm"
	Command Kind = "command"
	User    Kind = "user"
	Config  Kind = "config"
	System  Kind = "system"
)

// Doc is a small named document kept beside the journal: an alarm's state, a
// user. It always shows the state after the newest entry that changed it.
type Doc struct {
	Kind string // such as "alarm" or "user"
	ID   string
	Body []byte // nil deletes the document
}
