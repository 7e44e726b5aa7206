package plantserver

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/server"
	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uasc"
)

// A uaServer is the OPC UA side: the library's server with our services.
type uaServer struct {
	lib     *server.Server
	space   *space
	subs    *subscriptions
	methods map[string]func(args []*ua.Variant) ua.StatusCode // by the method's string identifier
	public  string                                            // endpoint clients use
	cancel  context.CancelFunc
}

// newUAServer makes the server; start opens it.
func newUAServer(front net.Addr) *uaServer {
	u := &uaServer{public: "opc.tcp://" + front.String(), methods: map[string]func([]*ua.Variant) ua.StatusCode{}}
	return u
}

// start starts the library's server on a port nobody has, with the address
// space that fill makes, and returns the port.
func (u *uaServer) start(name string, fill func(*server.Server) *space) (port int, err error) {
	for try := 0; ; try++ {
		if port, err = spare(); err != nil {
			return 0, err
		}
		if err = u.startOn(port, name, fill); err == nil {
			return port, nil
		}
		if try == 9 {
			return 0, fmt.Errorf("start the OPC UA server: %w", err)
		}
	}
}

func (u *uaServer) startOn(port int, name string, fill func(*server.Server) *space) error {
	// The library tells the standard logger about its own nodes as it starts.
	out := log.Writer()
	log.SetOutput(io.Discard)
	defer log.SetOutput(out)
	u.lib = server.New(
		server.EnableSecurity("None", ua.MessageSecurityModeNone), server.EnableAuthMode(ua.UserTokenTypeAnonymous),
		server.EndPoint("127.0.0.1", port), server.ServerName(name), server.ProductName("Penstock simulated plant"), server.ManufacturerName("Penstock"),
	)
	u.register()
	u.space = fill(u.lib)
	u.subs = newSubscriptions(u)
	ctx, cancel := context.WithCancel(context.Background())
	if err := u.lib.Start(ctx); err != nil {
		cancel()
		return err
	}
	u.cancel = cancel
	return nil
}

func (u *uaServer) close() {
	u.subs.close()
	u.lib.Close()
	u.cancel()
}

// register puts our services before the library's. Each needs a session, and
// none can end the process.
func (u *uaServer) register() {
	for typ, serve := range map[uint16]server.Handler{
		id.ReadRequest_Encoding_DefaultBinary:  handle(u.read),
		id.WriteRequest_Encoding_DefaultBinary: handle(u.write),
		id.CallRequest_Encoding_DefaultBinary:  handle(u.call),

		id.HistoryReadRequest_Encoding_DefaultBinary:                   handle(u.historyRead),
		id.TranslateBrowsePathsToNodeIDsRequest_Encoding_DefaultBinary: handle(u.translate),

		id.BrowseRequest_Encoding_DefaultBinary:     handle(u.browse),
		id.BrowseNextRequest_Encoding_DefaultBinary: handle(u.browseNext),

		id.CreateSubscriptionRequest_Encoding_DefaultBinary:  func(sc *uasc.SecureChannel, r ua.Request, n uint32) (ua.Response, error) { return u.subs.create(sc, r) },
		id.ModifySubscriptionRequest_Encoding_DefaultBinary:  handle(func(r *ua.ModifySubscriptionRequest) (ua.Response, error) { return u.subs.modify(r) }),
		id.DeleteSubscriptionsRequest_Encoding_DefaultBinary: handle(func(r *ua.DeleteSubscriptionsRequest) (ua.Response, error) { return u.subs.delete(r) }),
		id.SetPublishingModeRequest_Encoding_DefaultBinary:   handle(func(r *ua.SetPublishingModeRequest) (ua.Response, error) { return u.subs.enable(r) }),
		id.RepublishRequest_Encoding_DefaultBinary:           handle(func(r *ua.RepublishRequest) (ua.Response, error) { return u.subs.republish(r) }),
		id.PublishRequest_Encoding_DefaultBinary: func(sc *uasc.SecureChannel, r ua.Request, n uint32) (ua.Response, error) {
			return u.subs.publish(sc, r, n)
		},
		id.CreateMonitoredItemsRequest_Encoding_DefaultBinary: handle(func(r *ua.CreateMonitoredItemsRequest) (ua.Response, error) { return u.subs.monitor(r) }),
		id.ModifyMonitoredItemsRequest_Encoding_DefaultBinary: handle(func(r *ua.ModifyMonitoredItemsRequest) (ua.Response, error) { return u.subs.modifyItems(r) }),
		id.SetMonitoringModeRequest_Encoding_DefaultBinary:    handle(func(r *ua.SetMonitoringModeRequest) (ua.Response, error) { return u.subs.setMode(r) }),
		id.DeleteMonitoredItemsRequest_Encoding_DefaultBinary: handle(func(r *ua.DeleteMonitoredItemsRequest) (ua.Response, error) { return u.subs.unmonitor(r) }),
	} {
		u.lib.RegisterHandler(typ, u.guard(serve))
	}
	// Discovery is for everybody.
	u.lib.RegisterHandler(id.GetEndpointsRequest_Encoding_DefaultBinary, handle(u.endpoints))
	u.lib.RegisterHandler(id.FindServersRequest_Encoding_DefaultBinary, handle(u.findServers))
}

// handle makes a handler of a function for one kind of request.
func handle[R ua.Request](serve func(R) (ua.Response, error)) server.Handler {
	return func(_ *uasc.SecureChannel, r ua.Request, _ uint32) (ua.Response, error) {
		req, ok := r.(R)
		if !ok {
			return nil, ua.StatusBadRequestTypeInvalid
		}
		return serve(req)
	}
}

// guard asks for a session and turns a panic into a fault of one request. The
// library sends faults without the request's handle, so we make our own.
func (u *uaServer) guard(serve server.Handler) server.Handler {
	return func(sc *uasc.SecureChannel, r ua.Request, n uint32) (resp ua.Response, err error) {
		defer func() {
			if recover() != nil {
				resp, err = nil, ua.StatusBadInternalError
			}
			if err != nil && r.Header() != nil {
				status, ok := err.(ua.StatusCode)
				if !ok {
					status = ua.StatusBadUnexpectedError
				}
				resp, err = &ua.ServiceFault{ResponseHeader: header(r, status)}, nil
			}
		}()
		if r.Header() == nil || r.Header().AuthenticationToken == nil || u.lib.Session(r.Header()) == nil {
			return nil, ua.StatusBadSessionIDInvalid
		}
		return serve(sc, r, n)
	}
}

func header(r ua.Request, status ua.StatusCode) *ua.ResponseHeader {
	return &ua.ResponseHeader{
		Timestamp: time.Now().UTC(), RequestHandle: r.Header().RequestHandle, ServiceResult: status,
		ServiceDiagnostics: &ua.DiagnosticInfo{}, StringTable: []string{}, AdditionalHeader: ua.NewExtensionObject(nil),
	}
}

// endpoints names the gate's port, whatever the library's server listens on.
func (u *uaServer) endpoints(r *ua.GetEndpointsRequest) (ua.Response, error) {
	out := &ua.GetEndpointsResponse{ResponseHeader: header(r, ua.StatusOK)}
	for _, e := range u.lib.Endpoints() {
		shown := *e
		shown.EndpointURL = u.public
		shown.Server = u.describe()
		out.Endpoints = append(out.Endpoints, &shown)
	}
	return out, nil
}

func (u *uaServer) findServers(r *ua.FindServersRequest) (ua.Response, error) {
	return &ua.FindServersResponse{ResponseHeader: header(r, ua.StatusOK), Servers: []*ua.ApplicationDescription{u.describe()}}, nil
}

func (u *uaServer) describe() *ua.ApplicationDescription {
	d := *u.lib.Endpoints()[0].Server
	d.ApplicationURI = "urn:penstock:simulated-plant"
	d.ProductURI = "urn:penstock:plant"
	d.DiscoveryURLs = []string{u.public}
	return &d
}
