package opcua

import (
	"errors"
	"fmt"

	"github.com/gopcua/opcua/ua"

	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/pki"
)

// plain gives an error of connecting the words of a person who can do
// something about it.
func plain(err error, own []byte) error {
	words := ""
	refusal, refused := errors.AsType[*pki.Refusal](err)
	is := func(codes ...ua.StatusCode) bool {
		for _, c := range codes {
			if errors.Is(err, c) {
				return true
			}
		}
		return false
	}
	switch {
	case err == nil:
		return nil
	case refused && refusal.Status == pki.CertificateUntrusted:
		words = fmt.Sprintf("The server shows a certificate that nobody has trusted yet. Compare this fingerprint with the server's and trust it if they are the same: %s.", pki.Spaced(refusal.Thumbprint))
	case refused:
		words = fmt.Sprintf("The server's certificate cannot be used: %s.", refusal.Text)
	case errors.Is(err, channel.ErrImpostor):
		words = "Somebody else answers in place of the trusted server. Nothing was told to him. Find out who it is before you go on."
	case errors.Is(err, ErrPolicy):
		words = "The server does not offer the security that this device asks for."
	case errors.Is(err, channel.ErrClear):
		words = "The password would cross the network in clear, so it was not sent. Choose a policy other than None."
	case errors.Is(err, channel.ErrNoToken):
		words = "The server does not take this kind of login."
	case is(ua.StatusBadUserAccessDenied, ua.StatusBadIdentityTokenRejected, ua.StatusBadIdentityTokenInvalid):
		words = "The server does not accept this user or password."
	case is(ua.StatusBadSecurityChecksFailed, ua.StatusBadCertificateUntrusted) && own != nil:
		words = fmt.Sprintf("The server probably has not trusted this station's certificate yet. Trust it there: %s.", pki.Spaced(pki.Thumbprint(own)))
	case is(ua.StatusBadTooManySessions, ua.StatusBadTCPNotEnoughResources):
		words = "The server has no room for another connection. Close one that is not needed, or wait for a forgotten one to end."
	case is(ua.StatusBadServerHalted, ua.StatusBadShutdown):
		words = "The server is stopped or about to stop."
	case is(ua.StatusBadTCPEndpointURLInvalid):
		words = "The server does not know the endpoint it is asked for. Check the path after the port."
	default:
		return err
	}
	return &drivers.PlainError{Words: words, Err: err}
}
