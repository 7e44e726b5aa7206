package drivers

// As returns the ability T of a connection: Subscriber, Browser, HistoryReader,
// Alarmer, Caller, Prober or Metered. A Conn that stands for another one, and so has the methods
// of all of them, says by Has which it really can:
//
//	Has(ability any) bool // of a (*Subscriber)(nil), (*Browser)(nil) ...
func As[T any](c Conn) (ability T, ok bool) {
	if ability, ok = c.(T); !ok {
		return ability, false
	}
	if stand, is := c.(interface{ Has(ability any) bool }); is && !stand.Has((*T)(nil)) {
		var none T
		return none, false
	}
	return ability, true
}
