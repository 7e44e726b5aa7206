package drivers

// Explainer is a Driver that can say where a point really is on the wire, in
// every notation an engineer may have before him. The tag editor shows it
// beside what was typed.
type Explainer interface {
	Explain(d Device, p Point) (string, error)
}
