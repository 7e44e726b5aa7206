package alarm

// PriorityNames are what a plant calls its priorities, Urgent first. The zero
// value has the usual words.
type PriorityNames [Lowest]string

var usualPriorities = PriorityNames{"urgent", "high", "medium", "low"}

// Word is what priority p is called; empty when there is no such priority.
func (n PriorityNames) Word(p int) string {
	switch {
	case p < Urgent || p > Lowest:
		return ""
	case n == PriorityNames{}:
		return usualPriorities[p-Urgent]
	}
	return n[p-Urgent]
}
