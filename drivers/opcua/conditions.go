package opcua

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/wire"
)

// What is asked of every alarm event. A server that does not have a field
// sends a null for it.
type eventField int

const (
	fieldEventID eventField = iota
	fieldEventType
	fieldSourceNode
	fieldSourceName
	fieldTime
	fieldMessage
	fieldSeverity
	fieldConditionID
	fieldConditionName
	fieldBranch
	fieldRetain
	fieldEnabled
	fieldQuality
	fieldComment
	fieldUser
	fieldAcked
	fieldConfirmed
	fieldActive
	fieldSuppressed
	fieldOutOfService
	fieldShelving
	fieldUnshelve
	fieldLevel
	eventFields // how many there are
)

// selected says where each field is found.
var selected = [eventFields]struct {
	typ  uint32
	path []string
}{
	fieldEventID:       {id.BaseEventType, []string{"EventId"}},
	fieldEventType:     {id.BaseEventType, []string{"EventType"}},
	fieldSourceNode:    {id.BaseEventType, []string{"SourceNode"}},
	fieldSourceName:    {id.BaseEventType, []string{"SourceName"}},
	fieldTime:          {id.BaseEventType, []string{"Time"}},
	fieldMessage:       {id.BaseEventType, []string{"Message"}},
	fieldSeverity:      {id.BaseEventType, []string{"Severity"}},
	fieldConditionID:   {id.ConditionType, nil},
	fieldConditionName: {id.ConditionType, []string{"ConditionName"}},
	fieldBranch:        {id.ConditionType, []string{"BranchId"}},
	fieldRetain:        {id.ConditionType, []string{"Retain"}},
	fieldEnabled:       {id.ConditionType, []string{"EnabledState", "Id"}},
	fieldQuality:       {id.ConditionType, []string{"Quality"}},
	fieldComment:       {id.ConditionType, []string{"Comment"}},
	fieldUser:          {id.ConditionType, []string{"ClientUserId"}},
	fieldAcked:         {id.AcknowledgeableConditionType, []string{"AckedState", "Id"}},
	fieldConfirmed:     {id.AcknowledgeableConditionType, []string{"ConfirmedState", "Id"}},
	fieldActive:        {id.AlarmConditionType, []string{"ActiveState", "Id"}},
	fieldSuppressed:    {id.AlarmConditionType, []string{"SuppressedState", "Id"}},
	fieldOutOfService:  {id.AlarmConditionType, []string{"OutOfServiceState", "Id"}},
	fieldShelving:      {id.AlarmConditionType, []string{"ShelvingState", "CurrentState", "Id"}},
	fieldUnshelve:      {id.AlarmConditionType, []string{"ShelvingState", "UnshelveTime"}},
	fieldLevel:         {id.ExclusiveLimitAlarmType, []string{"LimitState", "CurrentState"}},
}

// eventFilter selects the fields of all alarms, and the brackets of a refresh.
func eventFilter() *ua.EventFilter {
	f := &ua.EventFilter{WhereClause: &ua.ContentFilter{}}
	for _, s := range selected {
		o := &ua.SimpleAttributeOperand{TypeDefinitionID: ua.NewNumericNodeID(0, s.typ), AttributeID: ua.AttributeIDValue, BrowsePath: []*ua.QualifiedName{}}
		if s.path == nil {
			o.AttributeID = ua.AttributeIDNodeID // the condition itself
		}
		for _, name := range s.path {
			o.BrowsePath = append(o.BrowsePath, &ua.QualifiedName{Name: name})
		}
		f.SelectClauses = append(f.SelectClauses, o)
	}
	return f
}

// Events that are about the list and not about an alarm.
const (
	refreshStart    = "i=2787"
	refreshEnd      = "i=2788"
	refreshRequired = "i=2789"
)

// alarms follows the events of one feed.
type alarms struct {
	push       func(list []drivers.Condition, all bool)
	changed    []drivers.Condition // since the last push
	refreshing bool
	all        []drivers.Condition // of the refresh that runs
	again      bool                // the server asks for a refresh
	blind      bool                // the server cannot tell what stands, only what changes
}

// Conditions implements drivers.Alarmer.
func (c *Conn) Conditions(ctx context.Context, push func(list []drivers.Condition, all bool)) (<-chan error, error) {
	return c.follow(ctx, &feed{conn: c, push: func([]int, []tag.Value) {}, alarms: &alarms{push: push}}, "alarms")
}

// watchEvents creates the event item and asks for what stands.
func (f *feed) watchEvents(ctx context.Context, cl *class) error {
	res, err := f.createItems(ctx, cl, []*ua.MonitoredItemCreateRequest{{
		ItemToMonitor:  attribute(ua.NewNumericNodeID(0, id.Server), ua.AttributeIDEventNotifier),
		MonitoringMode: ua.MonitoringModeReporting,
		RequestedParameters: &ua.MonitoringParameters{ClientHandle: beatHandle - 1, QueueSize: 10_000, DiscardOldest: true,
			Filter: ua.NewExtensionObject(eventFilter())},
	}})
	if err == nil {
		err = judged(res[0].StatusCode)
	} else {
		err = outcome(err)
	}
	if err != nil {
		return fmt.Errorf("follow alarms: %w", err)
	}
	return nil
}

// refreshTries covers servers that are not ready for a refresh in the moment
// after the subscription was made.
const refreshTries = 3

// refresh asks the server to report everything that stands.
func (f *feed) refresh(ctx context.Context) error {
	f.alarms.again = false
	var err error
	for try := range refreshTries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(f.classes[0].interval):
			}
		}
		_, err = call(ctx, f.session, ua.NewNumericNodeID(0, id.ConditionType), ua.NewNumericNodeID(0, id.ConditionType_ConditionRefresh), ua.MustVariant(f.classes[0].id))
		if err == nil || errors.Is(err, ua.StatusBadRefreshInProgress) {
			return nil
		}
		if !errors.Is(err, drivers.ErrRefused) {
			break
		}
	}
	return fmt.Errorf("ask for standing alarms: %w", err)
}

// event takes one notification.
func (a *alarms) event(v []wire.Value, namespaces []string) {
	if len(v) != int(eventFields) {
		return
	}
	for i := range v {
		if v[i].Type == wire.StatusCode && eventField(i) != fieldQuality {
			v[i] = wire.Value{} // why the field is missing
		}
	}
	text := func(f eventField) string { s, _ := v[f].Scalar(); return s.Str() }
	switch text(fieldEventType) {
	case refreshStart:
		a.refreshing, a.all = true, nil
		return
	case refreshEnd:
		if a.refreshing {
			a.flush()
			a.push(a.all, true)
		}
		a.refreshing, a.all = false, nil
		return
	case refreshRequired:
		a.again = true
		return
	}
	cond, ok := nodeID(v[fieldConditionID])
	if !ok {
		return // an event, not a condition
	}
	truth := func(f eventField, absent bool) bool {
		if s, ok := v[f].Scalar(); ok {
			b, _ := s.Truth()
			return b
		}
		return absent
	}
	severity, _ := v[fieldSeverity].Scalar()
	n, _ := severity.Int()
	quality, _ := v[fieldQuality].Scalar()
	q, _ := quality.Int()
	left, _ := v[fieldUnshelve].Scalar()
	ms, _ := left.Float()
	c := drivers.Condition{
		ID: formatNode(cond, namespaces), Event: text(fieldEventID), SourceName: text(fieldSourceName), Name: text(fieldConditionName), Message: text(fieldMessage),
		Severity: int(n), Level: text(fieldLevel), Time: wire.NewCursor(v[fieldTime].Body).Time(), Quality: tag.FromStatus(uint32(q)),
		Retain: truth(fieldRetain, false), Enabled: truth(fieldEnabled, true), Active: truth(fieldActive, false), Acked: truth(fieldAcked, true), Confirmed: truth(fieldConfirmed, true),
		Suppressed: truth(fieldSuppressed, false), OutOfService: truth(fieldOutOfService, false), Comment: text(fieldComment), User: text(fieldUser),
	}
	if branch, ok := nodeID(v[fieldBranch]); ok && key(branch) != nullNode {
		c.Branch = formatNode(branch, namespaces)
	}
	for f, to := range map[eventField]*string{fieldSourceNode: &c.Source, fieldEventType: &c.Kind} {
		if node, ok := nodeID(v[f]); ok {
			*to = formatNode(node, namespaces)
		}
	}
	switch text(fieldShelving) {
	case "i=2932": // OneShotShelved
		c.Shelved = true
	case "i=2933": // TimedShelved
		c.Shelved, c.ShelvedFor = true, time.Duration(ms*float64(time.Millisecond))
	}
	if a.refreshing {
		a.all = append(a.all, c)
		return
	}
	a.changed = append(a.changed, c)
}

// flush hands over what changed, in one push for each message.
func (a *alarms) flush() {
	if len(a.changed) > 0 {
		a.push(a.changed, false)
		a.changed = a.changed[:0]
	}
}

// Respond implements drivers.Alarmer.
func (c *Conn) Respond(ctx context.Context, r drivers.Response) error {
	return inWords(c.respond(ctx, r))
}

func (c *Conn) respond(ctx context.Context, r drivers.Response) error {
	s, err := c.command(ctx)
	if err != nil {
		return err
	}
	a, err := parseAddress(r.ID)
	if err != nil {
		return err
	}
	cond, ok := c.node(&a)
	if !ok {
		return fmt.Errorf("answer %s: %w: the server has no such condition", r.ID, drivers.ErrRefused)
	}
	event, err := hex.DecodeString(r.Event)
	if err != nil {
		return fmt.Errorf("answer %s: %w: %q names no report", r.ID, drivers.ErrRefused, r.Event)
	}
	in := []*ua.Variant{ua.MustVariant(event), ua.MustVariant(ua.NewLocalizedText(r.Comment))}
	object, method := cond, uint32(0)
	switch r.Do {
	case drivers.Acknowledge:
		method = id.AcknowledgeableConditionType_Acknowledge
	case drivers.Confirm:
		method = id.AcknowledgeableConditionType_Confirm
	case drivers.Comment:
		method = id.ConditionType_AddComment
	case drivers.ShelveFor:
		method, in = id.ShelvedStateMachineType_TimedShelve, []*ua.Variant{ua.MustVariant(float64(r.Duration) / float64(time.Millisecond))}
	case drivers.ShelveOnce:
		method, in = id.ShelvedStateMachineType_OneShotShelve, nil
	case drivers.Unshelve:
		method, in = id.ShelvedStateMachineType_Unshelve, nil
	default:
		return fmt.Errorf("answer %s: %w: no such answer", r.ID, drivers.ErrRefused)
	}
	if r.Do >= drivers.ShelveFor {
		ids, err := c.children(ctx, s, []*ua.NodeID{cond}, "ShelvingState")
		if err != nil {
			return err
		}
		if object = ids[0]; object == nil {
			return fmt.Errorf("answer %s: %w: it cannot be shelved", r.ID, drivers.ErrRefused)
		}
	}
	if _, err := call(ctx, s, object, ua.NewNumericNodeID(0, method), in...); err != nil {
		return fmt.Errorf("answer %s: %w", r.ID, err)
	}
	return nil
}
