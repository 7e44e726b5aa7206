package channel

import (
	"context"
	"slices"
	"time"

	"github.com/gopcua/opcua/ua"
)

// Endpoints asks a server what it offers, over a channel of its own without
// security. Nothing in the answer is trusted: it is what the certificate
// check is made on.
func Endpoints(ctx context.Context, url string, timeout time.Duration) ([]*ua.EndpointDescription, error) {
	c, err := Open(ctx, Config{URL: url, Timeout: timeout})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var out []*ua.EndpointDescription
	if err := c.Do(ctx, &ua.GetEndpointsRequest{EndpointURL: url}, nil, &out); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(out, func(e *ua.EndpointDescription) bool {
		return e.TransportProfileURI != "" && e.TransportProfileURI != binaryTCP
	}), nil
}

const binaryTCP = "http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary"
