// Package opcua connects OPC UA servers. It is a client of its own making on
// the library's codec and cryptography: package channel opens secure channels
// that end instead of healing, package pki decides whom to trust, package wire
// decodes what arrives often, and this package subscribes, reads, writes,
// browses, calls and follows alarms.
//
// A Conn is one generation: it is dialled anew, with the endpoints, the
// namespaces and the certificate read anew, whenever anything is wrong with
// it. The back-off between generations is drivers.Link's.
//
// A device of a project looks like this; without options the best security the
// server offers is used, and its certificate has to be trusted by a person:
//
//	[device.PLC1]
//	driver = "opcua"
//	endpoint = "opc.tcp://192.0.2.7:4840"
//	[device.PLC1.options]
//	policy = "Basic256Sha256"          # or Aes128_Sha256_RsaOaep, Aes256_Sha256_RsaPss, None
//	mode = "SignAndEncrypt"            # or Sign
//	user = "operator"
//	password = "env:PLC1_PASSWORD"     # or secret:NAME; never the password
//	auth = "certificate"               # or anonymous, user
//	user_certificate = "secret:plc1"   # PEM with certificate and key
//	accept = "time, host, revocation"  # certificate faults that are let pass
//	deadband = "percent"               # or absolute, none
//	queue = "50"                       # samples the server keeps per item
//	quiet = "2.5s"                     # silence that means a lost line
//
// Addresses are described at CheckPoint.
package opcua

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/pki"
	"penstock/drivers/opcua/wire"
)

// Driver speaks OPC UA over TCP. Without a folder for certificates it connects
// only to devices whose policy is None.
type Driver struct {
	// PKI is the folder of certificates; see package pki. Empty: the one that
	// the environment variable PENSTOCK_PKI names, which a supervised child
	// inherits from the station.
	PKI string
	// Secret returns the secret of a name that an option refers to as
	// secret:NAME. It is called at every Dial.
	Secret func(name string) (string, error)
}

// CheckDevice implements drivers.Driver.
func (d Driver) CheckDevice(dev drivers.Device) error {
	var errs []error
	if _, err := channel.Address(dev.Endpoint); err != nil {
		errs = append(errs, fmt.Errorf("endpoint: %w", err))
	} else if u, err := url.Parse(dev.Endpoint); err == nil && u.User != nil {
		errs = append(errs, errors.New("endpoint: the user belongs into the options, not into the address"))
	}
	if dev.Timeout < 0 {
		errs = append(errs, errors.New("timeout: less than nothing"))
	}
	if _, err := parseOptions(dev); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// CheckPoint implements drivers.Driver. Addresses are written as
//
//	nsu=urn:plant;s=Tank1.Level          namespace by URI, which survives a server's restart
//	ns=3;i=1234   i=2258   ns=2;g=72962B91-FA75-4AE6-8D28-B404DC7DAF63   nsu=urn:x;b=AQID
//	nsu=urn:plant;s=Temperatures#[3]     element of an array, [1,2] of a matrix
//	i=2256#.BuildInfo.ProductName        member of a structure
//
// A # in a name is written twice.
func (d Driver) CheckPoint(_ drivers.Device, p drivers.Point) error {
	if _, err := parseAddress(p.Address); err != nil {
		return err
	}
	if _, ok := wire.ParseType(p.Type); p.Type != "" && !ok {
		return fmt.Errorf("%w: type %q is not an OPC UA type such as Double, Int32, Boolean or String; leave it empty and the server says", drivers.ErrAddress, p.Type)
	}
	return nil
}

// Dial implements drivers.Driver.
func (d Driver) Dial(ctx context.Context, dev drivers.Device) (drivers.Conn, error) {
	c, err := d.Connect(ctx, dev)
	if err != nil {
		return nil, err // c would be a Conn that is not nil
	}
	return c, nil
}

// Connect is Dial with all of the Conn's abilities in its type.
func (d Driver) Connect(ctx context.Context, dev drivers.Device) (*Conn, error) {
	o, err := parseOptions(dev)
	if err != nil {
		return nil, err
	}
	if _, deadline := ctx.Deadline(); !deadline {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, dialTimeout)
		defer cancel()
	}
	user, err := d.login(o)
	if err != nil {
		return nil, drivers.Plain(err, "This station cannot log in to the device: %v.", err)
	}
	c := &Conn{driver: d, dev: dev, opt: o, user: user}
	c.life, c.end = context.WithCancel(context.Background())
	if err = c.choose(ctx); err == nil {
		_, err = c.command(ctx)
	}
	if err != nil {
		c.end()
		if errors.Is(err, channel.ErrImpostor) || errors.Is(err, ErrPolicy) || errors.Is(err, ua.StatusBadSecurityChecksFailed) {
			drivers.Audit(ctx, "refused: %v", err)
		}
		return nil, plain(err, c.security.Own)
	}
	return c, nil
}

// dialTimeout bounds a Dial whose caller sets no deadline.
const dialTimeout = 6 * time.Second

// EnvPKI names the environment variable with the folder of certificates.
const EnvPKI = "PENSTOCK_PKI"

// Store is the driver's certificates.
func (d Driver) Store() pki.Store {
	if d.PKI == "" {
		return pki.Store{Dir: os.Getenv(EnvPKI)}
	}
	return pki.Store{Dir: d.PKI}
}

// errNoStore is what connecting to a device with security ends with where
// there is nowhere to look up whom to trust.
var errNoStore = errors.New("this station has no folder for certificates, so only devices with policy = \"None\" can be connected")

// HostName is this computer's name, for our certificate.
func HostName() string {
	h, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return h
}
