package drivers

import (
	"context"

	"penstock/app/tag"
)

// Caller is a Conn whose device has methods: commands with arguments, such as
// starting a batch.
type Caller interface {
	// Call calls a method of an object and returns its results. Arguments the
	// method cannot take are refused before anything is sent; a call is never
	// repeated. ErrRefused and ErrUnknown mean what they mean for Write.
	Call(ctx context.Context, object, method string, args []tag.Scalar) ([]tag.Scalar, error)
}
