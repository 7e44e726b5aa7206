package opcua

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gopcua/opcua/ua"

	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/pki"
	"penstock/drivers/opcua/wire"
)

// Everything that goes wrong with a server is shown to people who have never
// read the specification, so it is put into their words here.

// meaning is what some StatusCodes have in common for a person.
type meaning struct {
	words string
	codes []ua.StatusCode
}

const (
	noAnswer  = "The server does not answer in time. Check power, cable and address; it may also be too busy."
	forgotten = "The server has ended this station's session; it may have restarted. The station connects again by itself."
	gibberish = "What answers does not speak OPC UA as it should, or is disturbed on the way. Is this the right port?"
)

// ofLine are the statuses of connecting and of a connection as a whole.
var ofLine = []meaning{
	{"The server does not accept this user or password.", []ua.StatusCode{ua.StatusBadUserAccessDenied, ua.StatusBadIdentityTokenRejected, ua.StatusBadIdentityTokenInvalid, ua.StatusBadUserSignatureInvalid}},
	{"The server has no room for another connection. Close one that is not needed, or wait for a forgotten one to end.", []ua.StatusCode{ua.StatusBadTooManySessions, ua.StatusBadTCPNotEnoughResources, ua.StatusBadMaxConnectionsReached, ua.StatusBadTCPServerTooBusy}},
	{"The server has no room for what this station wants to follow. Take points out of the project, or other clients off the server.", []ua.StatusCode{ua.StatusBadTooManySubscriptions, ua.StatusBadTooManyMonitoredItems}},
	{"The server is stopped or about to stop.", []ua.StatusCode{ua.StatusBadServerHalted, ua.StatusBadShutdown, ua.StatusBadServerNotConnected}},
	{"The server does not know the endpoint it is asked for. Check the path after the port.", []ua.StatusCode{ua.StatusBadTCPEndpointURLInvalid, ua.StatusBadServerURIInvalid, ua.StatusBadServerNameMissing}},
	{"The server does not accept the certificate of this station. Look at the server's list of certificates.", []ua.StatusCode{ua.StatusBadCertificateInvalid, ua.StatusBadCertificateTimeInvalid, ua.StatusBadCertificateHostNameInvalid, ua.StatusBadCertificateURIInvalid,
		ua.StatusBadCertificateUseNotAllowed, ua.StatusBadCertificateRevoked, ua.StatusBadCertificateChainIncomplete, ua.StatusBadApplicationSignatureInvalid}},
	{"The server does not accept this kind of security. Choose another policy or mode.", []ua.StatusCode{ua.StatusBadSecurityPolicyRejected, ua.StatusBadSecurityModeRejected, ua.StatusBadSecurityModeInsufficient}},
	{"The server finds this station's clock wrong. Compare the two clocks.", []ua.StatusCode{ua.StatusBadInvalidTimestamp, ua.StatusBadNonceInvalid}},
	{forgotten, []ua.StatusCode{ua.StatusBadSessionIDInvalid, ua.StatusBadSessionClosed, ua.StatusBadSessionNotActivated, ua.StatusBadSubscriptionIDInvalid, ua.StatusBadNoSubscription,
		ua.StatusBadSecureChannelIDInvalid, ua.StatusBadSecureChannelClosed, ua.StatusBadSecureChannelTokenUnknown, ua.StatusBadTCPSecureChannelUnknown, ua.StatusBadMessageNotAvailable}},
	{gibberish, []ua.StatusCode{ua.StatusBadSequenceNumberInvalid, ua.StatusBadTCPMessageTypeInvalid, ua.StatusBadDecodingError, ua.StatusBadEncodingError, ua.StatusBadProtocolVersionUnsupported,
		ua.StatusBadUnknownResponse, ua.StatusBadSecurityChecksFailed}},
	{"The connection to the server is disturbed.", []ua.StatusCode{ua.StatusBadCommunicationError, ua.StatusBadConnectionClosed, ua.StatusBadTCPInternalError, ua.StatusBadRequestInterrupted}},
	{"The server takes or sends less at a time than it says it does.", []ua.StatusCode{ua.StatusBadTooManyOperations, ua.StatusBadEncodingLimitsExceeded, ua.StatusBadRequestTooLarge, ua.StatusBadResponseTooLarge, ua.StatusBadTCPMessageTooLarge}},
	{noAnswer, []ua.StatusCode{ua.StatusBadTimeout, ua.StatusBadRequestTimeout}},
}

// ofOne are the statuses of one thing that was asked for.
var ofOne = []meaning{
	{"The value is out of the range that the server allows.", []ua.StatusCode{ua.StatusBadOutOfRange}},
	{"The value is of another type than the server wants.", []ua.StatusCode{ua.StatusBadTypeMismatch}},
	{"The server does not let this value be written.", []ua.StatusCode{ua.StatusBadNotWritable, ua.StatusBadWriteNotSupported}},
	{"The server does not let this value be read.", []ua.StatusCode{ua.StatusBadNotReadable}},
	{"The server does not let this station's user do that.", []ua.StatusCode{ua.StatusBadUserAccessDenied, ua.StatusBadUserSignatureInvalid, ua.StatusBadNotExecutable, ua.StatusBadSecurityModeInsufficient}},
	{"The server does not have this node, or not any more. Check the address.", []ua.StatusCode{ua.StatusBadNodeIDUnknown, ua.StatusBadNodeIDInvalid, ua.StatusBadAttributeIDInvalid, ua.StatusBadIndexRangeInvalid, ua.StatusBadIndexRangeNoData, ua.StatusBadMethodInvalid}},
	{"The server says that the device behind it has failed.", []ua.StatusCode{ua.StatusBadDeviceFailure, ua.StatusBadSensorFailure}},
	{"The server is not connected to the device behind it.", []ua.StatusCode{ua.StatusBadNotConnected}},
	{"It is out of service at the server.", []ua.StatusCode{ua.StatusBadOutOfService}},
	{"The server cannot do that in the state it is in.", []ua.StatusCode{ua.StatusBadInvalidState, ua.StatusBadStateNotActive}},
	{"The arguments are not those that the server wants.", []ua.StatusCode{ua.StatusBadInvalidArgument, ua.StatusBadArgumentsMissing, ua.StatusBadTooManyArguments}},
	{"The alarm has changed meanwhile. Look at it again.", []ua.StatusCode{ua.StatusBadEventIDUnknown, ua.StatusBadConditionDisabled}},
	{"The alarm is acknowledged already.", []ua.StatusCode{ua.StatusBadConditionBranchAlreadyAcked}},
	{"The alarm is confirmed already.", []ua.StatusCode{ua.StatusBadConditionBranchAlreadyConfirmed}},
	{"The alarm is shelved already.", []ua.StatusCode{ua.StatusBadConditionAlreadyShelved}},
	{"The alarm is not shelved.", []ua.StatusCode{ua.StatusBadConditionNotShelved}},
	{"The server does not let it be shelved for so long.", []ua.StatusCode{ua.StatusBadShelvingTimeOutOfRange}},
	{"The server cannot do that.", []ua.StatusCode{ua.StatusBadServiceUnsupported, ua.StatusBadNotImplemented, ua.StatusBadNotSupported, ua.StatusBadHistoryOperationUnsupported, ua.StatusBadHistoryOperationInvalid}},
	{"The server has a fault of its own.", []ua.StatusCode{ua.StatusBadInternalError, ua.StatusBadUnexpectedError, ua.StatusBadOutOfMemory, ua.StatusBadResourceUnavailable}},
}

// seam is where the words of a name in the specification are joined.
var seam = regexp.MustCompile("([a-z])([A-Z])")

// says looks a status up, and has words for every one.
func says(status ua.StatusCode, tables ...[]meaning) string {
	for _, t := range tables {
		for _, m := range t {
			if slices.Contains(m.codes, status) {
				return m.words
			}
		}
	}
	if d, known := ua.StatusCodes[status]; known {
		name := seam.ReplaceAllString(strings.TrimPrefix(d.Name, "StatusBad"), "$1 $2")
		return fmt.Sprintf("The server says no: %s.", strings.ToLower(strings.ReplaceAll(name, "_", " ")))
	}
	return fmt.Sprintf("The server answers with an error that only its maker knows: 0x%08X.", uint32(status))
}

// plain gives an error of connecting, or of a connection as a whole, the words
// of a person who can do something about it. own is our certificate, if we
// have shown one.
func plain(err error, own []byte) error {
	if err == nil {
		return nil
	}
	if _, done := errors.AsType[*drivers.PlainError](err); done {
		return err
	}
	words := ""
	refusal, refused := errors.AsType[*pki.Refusal](err)
	status, answered := errors.AsType[ua.StatusCode](err)
	switch {
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
	case errors.Is(err, errNoStore):
		words = "This station has no folder for certificates, so it can only connect to devices that ask for no security."
	case errors.Is(err, ErrMoved):
		words = "The server has been given a new program, and its nodes have new numbers. The station connects again by itself."
	case (status == ua.StatusBadSecurityChecksFailed || status == ua.StatusBadCertificateUntrusted) && own != nil:
		words = fmt.Sprintf("The server probably has not trusted this station's certificate yet. Trust it there: %s.", pki.Spaced(pki.Thumbprint(own)))
	case answered:
		words = says(status, ofLine, ofOne)
	case errors.Is(err, wire.ErrMalformed):
		words = gibberish
	default:
		return err // the network's, which drivers.Words knows
	}
	return &drivers.PlainError{Words: words, Err: err}
}

// inWords gives the error of something that was asked for words. What is not
// known to have happened keeps the words that say so.
func inWords(err error) error {
	switch {
	case err == nil, errors.Is(err, drivers.ErrUnknown), errors.Is(err, drivers.ErrAddress):
		return err
	case errors.Is(err, drivers.ErrRefused):
		if _, done := errors.AsType[*drivers.PlainError](err); done {
			return err
		}
		if status, ok := errors.AsType[ua.StatusCode](err); ok {
			return &drivers.PlainError{Words: says(status, ofOne, ofLine), Err: err}
		}
		return err
	}
	return plain(err, nil)
}
