package alarm

import "penstock/app/tag"

// State is everything remembered about one alarm. The zero State is Normal
// and has seen nothing. Times are ns since 1970 UTC, 0 for never.
type State struct {
	Facts

	Cond       bool  `json:"cond,omitempty"`       // the condition as last observed, before its delays
	CondAt     int64 `json:"condAt,omitempty"`     // since when it is so
	CondSource int64 `json:"condSource,omitempty"` // the source's time for CondAt
	Frozen     bool  `json:"frozen,omitempty"`     // the value cannot be used: Cond is as it was before
	Seen       int64 `json:"seen,omitempty"`       // when a value was last observed

	// Quiet: the alarm came while it was hidden, so the operator was not told.
	Quiet bool `json:"quiet,omitempty"`

	Occurrence  int64 `json:"occurrence,omitempty"`  // how many times it came from normal: the occurrence's number
	Notice      int64 `json:"notice,omitempty"`      // how many times it was annunciated: what an acknowledgement answers
	Activations int64 `json:"activations,omitempty"` // how many times the condition came, told or not
	ReAlarms    int   `json:"reAlarms,omitempty"`    // how often this occurrence was annunciated again
	FirstOut    bool  `json:"firstOut,omitempty"`    // it was the first of its group

	ActiveAt     int64     `json:"activeAt,omitempty"`     // when the condition last came, delays passed
	RaisedAt     int64     `json:"raisedAt,omitempty"`     // when this occurrence was first annunciated
	RaisedSource int64     `json:"raisedSource,omitempty"` // the source's time of the first crossing
	AnnouncedAt  int64     `json:"announcedAt,omitempty"`  // when it was last annunciated
	ReturnedAt   int64     `json:"returnedAt,omitempty"`   // when the condition last went
	Raised       tag.Value `json:"-"`                      // the reading that raised it
	LimitNow     float64   `json:"limitNow,omitempty"`     // the limit it was last held against

	AckedAt   int64  `json:"ackedAt,omitempty"` // of the latest annunciation; 0 while nobody has
	AckedBy   string `json:"ackedBy,omitempty"`
	AckedFrom string `json:"ackedFrom,omitempty"` // the station
	AckedNote string `json:"ackedNote,omitempty"`

	CommentAt int64  `json:"commentAt,omitempty"` // the last comment on this occurrence; 0: none
	CommentBy string `json:"commentBy,omitempty"`
	Comment   string `json:"comment,omitempty"`

	ShelvedAt    int64  `json:"shelvedAt,omitempty"`
	ShelvedUntil int64  `json:"shelvedUntil,omitempty"`
	ShelvedBy    string `json:"shelvedBy,omitempty"`
	ShelvedWhy   string `json:"shelvedWhy,omitempty"`

	SuppressedAt int64  `json:"suppressedAt,omitempty"`
	SuppressedBy string `json:"suppressedBy,omitempty"` // the logic and the tag that made it true

	OutAt    int64  `json:"outAt,omitempty"`
	OutUntil int64  `json:"outUntil,omitempty"` // goes back into service then
	OutBy    string `json:"outBy,omitempty"`
	OutWhy   string `json:"outWhy,omitempty"` // permit and reason

	// For the kinds that compare with an earlier reading.
	Ref     float64 `json:"ref,omitempty"`
	RefText string  `json:"refText,omitempty"`
	RefAt   int64   `json:"refAt,omitempty"` // 0: there is none
}
