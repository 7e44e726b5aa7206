package alarm

import (
	"fmt"
	"maps"
	"slices"

	"penstock/app/calc"
	"penstock/app/tag"
)

// Options are what an Engine needs besides its rules.
type Options struct {
	Now    int64            // the time the engine starts at, ns since 1970 UTC
	States map[string]State // by alarm, as they were kept; see FromDocs
	Scope  calc.Scope       // the tags expressions may name; needed where a rule has an expression
	Limits Limits           // of chatter and flood; the zero Limits are the usual ones
}

// Engine runs Step for every alarm of a plant. It belongs to one goroutine.
type Engine struct {
	scope  calc.Scope
	limits Limits

	all     map[string]*live
	order   []*live // as configured
	byTag   map[tag.ID][]watch
	byLogic map[tag.ID][]*live   // alarms by the tags of their suppression logic
	joint   map[tag.ID]bool      // tags of alarms that depend on several, or on the order of several
	last    map[tag.ID]tag.Value // of every tag that is watched
	timers  timers
	groups  map[string]*group
	away    []*live // every alarm that is not plainly normal
	chatty  []*live // every alarm that chatters
	flood   Flood
	changes int64

	now     int64
	dirty   []*live      // expressions to work out at the end of a batch
	strays  []Transition // of kept states that have no rule any more, to be told first
	scratch []Transition
}

// live is one alarm of a running engine.
type live struct {
	rule  *Rule
	state State

	condition worked // of the kinds Expression and Pattern
	suppress  *calc.Program
	group     *group

	restored bool // no value was seen since the engine started with a kept state
	dirty    bool
	chatter  chatter
	timer    int // index in Engine.timers, -1: none
	awayAt   int // index in Engine.away, -1: none
}

// watch is one way a tag matters to an alarm.
type watch struct {
	alarm *live
	as    role
}

type role uint8

const (
	asValue    role = iota // the value the alarm is on
	asSetpoint             // what the value is measured from
	asInput                // of the alarm's expression
	asLogic                // of the suppression logic
)

// NewEngine makes an engine. The error names the rule that cannot run.
func NewEngine(rules []Rule, opts Options) (*Engine, error) {
	e := &Engine{
		scope: opts.Scope, limits: opts.Limits.orUsual(), now: opts.Now,
		all: make(map[string]*live, len(rules)), byTag: make(map[tag.ID][]watch, len(rules)),
		byLogic: map[tag.ID][]*live{}, joint: map[tag.ID]bool{},
		last: map[tag.ID]tag.Value{}, groups: map[string]*group{},
	}
	e.flood.limits = e.limits
	for i := range rules {
		if err := e.add(&rules[i], opts.States); err != nil {
			return nil, err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(opts.States)) {
		if e.all[id] == nil {
			s := opts.States[id]
			e.strays = append(e.strays, Transition{Rule: &Rule{ID: id}, Action: Dropped, At: e.now, From: s.Facts, State: s, Event: Event{At: e.now}})
		}
	}
	for _, l := range e.order {
		if l.group != nil && l.state.Active {
			l.group.active++
		}
		e.schedule(l)
		e.mark(l)
	}
	if e.strays == nil {
		e.strays = []Transition{}
	}
	return e, nil
}

// add takes a copy of r into e.
func (e *Engine) add(r *Rule, states map[string]State) (err error) {
	rule := *r
	if err := rule.Validate(); err != nil {
		return err
	}
	if e.all[rule.ID] != nil {
		return fmt.Errorf("alarm %s is there twice", rule.ID)
	}
	l := &live{rule: &rule, timer: -1, awayAt: -1}
	if s, ok := states[rule.ID]; ok {
		l.state, l.restored = s, true
		// Nothing is known until a value comes: no delay may end on what was.
		l.state.Frozen = rule.Kind != NoUpdate && s.Seen != 0
	}
	if rule.Kind == NoUpdate {
		l.state.Seen = e.now // the station's own absence is not the tag's silence; 0: silence counts from the first sample
	}
	switch rule.Kind {
	case Expression:
		p, err := calc.Compile(rule.Expression, e.scope)
		if err != nil {
			return fmt.Errorf("alarm %s: expression: %w", rule.ID, err)
		}
		l.condition = p
	case Pattern:
		l.condition = &pattern{rule.patternTags(), rule.Pattern}
	}
	if l.condition != nil {
		e.watch(l.condition.Inputs(), l, asInput)
	} else {
		e.watch([]tag.ID{rule.Tag}, l, asValue)
	}
	if rule.Setpoint != "" {
		e.watch([]tag.ID{rule.Setpoint}, l, asSetpoint)
	}
	if rule.SuppressWhen != "" {
		if l.suppress, err = calc.Compile(rule.SuppressWhen, e.scope); err != nil {
			return fmt.Errorf("alarm %s: suppress_when: %w", rule.ID, err)
		}
		e.watch(l.suppress.Inputs(), l, asLogic)
		for _, id := range l.suppress.Inputs() {
			e.byLogic[id] = append(e.byLogic[id], l)
		}
	}
	l.group = e.groupOf(rule.FirstOut)
	if l.condition != nil || l.suppress != nil || l.group != nil || rule.Setpoint != "" {
		e.joins(l)
	}
	e.all[rule.ID] = l
	e.order = append(e.order, l)
	return nil
}

// joins notes the tags of an alarm that must be seen together.
func (e *Engine) joins(l *live) {
	ids := []tag.ID{l.rule.Tag, l.rule.Setpoint}
	if l.condition != nil {
		ids = append(ids, l.condition.Inputs()...)
	}
	if l.suppress != nil {
		ids = append(ids, l.suppress.Inputs()...)
	}
	for _, id := range ids {
		e.joint[id] = true
	}
}

// Split sorts the samples of a batch into those that Observe must be given
// together, since an alarm depends on several of them or on their order, and
// those that may follow apart, in as many calls as the caller likes. The order
// in each is that of the batch. What is returned is the caller's.
func (e *Engine) Split(samples []tag.Sample) (together, apart []tag.Sample) {
	apart = make([]tag.Sample, 0, len(samples))
	for i := range samples {
		if e.joint[samples[i].ID] {
			together = append(together, samples[i])
		} else {
			apart = append(apart, samples[i])
		}
	}
	return together, apart
}

func (e *Engine) watch(ids []tag.ID, l *live, as role) {
	for _, id := range ids {
		e.byTag[id] = append(e.byTag[id], watch{l, as})
	}
}

// Observe feeds the samples that this station knew at now, in the order they
// came, and returns what changed, in the order it happened. Samples that were
// backfilled from a source's own history raise nothing. The slice returned is
// the engine's until the next call.
func (e *Engine) Observe(now int64, samples []tag.Sample) []Transition {
	e.begin(now)
	e.suppressFirst(samples)
	for i := range samples {
		s := &samples[i]
		watches := e.byTag[s.ID]
		if len(watches) == 0 || s.Flags&tag.Backfilled != 0 {
			continue
		}
		e.last[s.ID] = s.Value
		for _, w := range watches {
			if w.as == asValue {
				e.step(w.alarm, &Event{At: e.now, What: Observe, Value: s.Value, Setpoint: e.last[w.alarm.rule.Setpoint]})
			} else if !w.alarm.dirty {
				w.alarm.dirty = true
				e.dirty = append(e.dirty, w.alarm)
			}
		}
	}
	e.settle()
	return e.end()
}

// settle works out what depends on several tags, once for a batch: between
// two samples of one batch an expression may be true that never was.
func (e *Engine) settle() {
	for _, l := range e.dirty {
		l.dirty = false
		e.logic(l)
		switch {
		case l.condition != nil:
			v, q := l.condition.Eval(e.inputs(l.condition))
			e.step(l, &Event{At: e.now, What: Observe, Value: tag.Value{Received: e.now, Value: v, Quality: q}})
		case l.rule.Setpoint != "":
			if v, ok := e.last[l.rule.Tag]; ok {
				e.step(l, &Event{At: e.now, What: Observe, Value: v, Setpoint: e.last[l.rule.Setpoint]})
			}
		}
	}
	e.dirty = e.dirty[:0]
}

func (e *Engine) inputs(p worked) calc.Lookup {
	ids := p.Inputs()
	return func(i int) (tag.Scalar, tag.Quality) {
		v := e.last[ids[i]]
		return v.Value, v.Quality
	}
}

// Tick lets time pass to now: delays, shelves and re-alarms end, chatter and
// floods are told. Call it several times a second. The slice returned is the
// engine's until the next call.
func (e *Engine) Tick(now int64) []Transition {
	e.begin(now)
	return e.end()
}

// Do applies what a person does to one alarm at ev.At. The error says why it
// was refused (see Refuse); the transitions hold all the same, since time has
// passed. The slice returned is the engine's until the next call.
func (e *Engine) Do(id string, ev Event) ([]Transition, error) {
	l := e.all[id]
	switch {
	case l == nil:
		return nil, ErrUnknown
	case !ev.What.Personal():
		return nil, ErrNotPersonal
	}
	e.begin(ev.At)
	ev.At = e.now
	err := Refuse(l.rule, &l.state, &ev)
	if err == nil {
		e.step(l, &ev)
	}
	return e.end(), err
}

// begin starts a call: whatever was due before now happens first.
func (e *Engine) begin(now int64) {
	e.scratch = e.scratch[:0]
	e.now = max(e.now, now)
	if e.strays != nil {
		e.scratch, e.strays = append(e.scratch, e.strays...), nil
		for _, l := range e.order {
			e.unsuppressed(l)
		}
	}
	for {
		l := e.timers.first(e.now)
		if l == nil {
			break
		}
		e.step(l, &Event{At: Due(l.rule, &l.state), What: Time})
	}
}

func (e *Engine) end() []Transition {
	e.tellChatter()
	e.tellFlood()
	return e.scratch
}

// step lets ev happen to l and tells what changed.
func (e *Engine) step(l *live, ev *Event) {
	ev.FirstOut = l.group != nil && l.group.active == 0
	was := l.state
	step(l.rule, &l.state, ev)
	if l.group != nil && was.Active != l.state.Active {
		l.group.count(l.state.Active)
	}
	e.schedule(l)
	actions, n := between(&was, &l.state, ev)
	for _, a := range actions[:n] {
		if a == Thawed && l.restored {
			continue // nobody was told that the value was lost: the station was off
		}
		e.tell(l, a, &was, ev)
	}
	if ev.What == Comment {
		e.tell(l, Commented, &was, ev)
	}
	if l.restored && ev.What == Observe && !l.state.Frozen {
		l.restored = false
		if was.Active && l.state.Facts == was.Facts {
			e.tell(l, StillThere, &was, ev)
		}
	}
	if was.Facts != l.state.Facts || n > 0 || l.state.Frozen != was.Frozen || ev.What == Comment {
		e.mark(l)
	}
}

// tell puts one transition out, unless it is one of a chattering alarm.
func (e *Engine) tell(l *live, a Action, was *State, ev *Event) {
	if a.Tells() {
		e.flood.count(e.now)
	}
	if e.swallow(l, a, was, ev) {
		return
	}
	e.put(Transition{Rule: l.rule, Action: a, At: e.now, From: was.Facts, State: l.state, Event: *ev})
}

func (e *Engine) put(t Transition) { e.scratch = append(e.scratch, t) }

// schedule keeps the timer of l at its Due.
func (e *Engine) schedule(l *live) { e.timers.set(l, Due(l.rule, &l.state)) }

// State returns the state of one alarm.
func (e *Engine) State(id string) (s State, ok bool) {
	if l := e.all[id]; l != nil {
		return l.state, true
	}
	return s, false
}

// States returns the state of every alarm.
func (e *Engine) States() map[string]State {
	out := make(map[string]State, len(e.all))
	for id, l := range e.all {
		out[id] = l.state
	}
	return out
}

// Rule returns one configured alarm, or nil. It is not to be changed.
func (e *Engine) Rule(id string) *Rule {
	if l := e.all[id]; l != nil {
		return l.rule
	}
	return nil
}
