package opcua

import (
	"encoding/binary"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/drivers/opcua/wire"
)

// fake is a server that knows just enough to lie: it opens channels without
// security, lists the endpoints it was given, and notes what else it is asked
// for. What it answers to an OpenSecureChannel can be replaced.
type fake struct {
	t         testing.TB
	l         net.Listener
	endpoints []*ua.EndpointDescription
	open      func(request uint32) []byte // a whole frame; nil: a proper answer

	mu    sync.Mutex
	asked []uint32 // encodings of the services asked for
	seals int      // OpenSecureChannel requests with security
}

func newFake(t testing.TB) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, l: l}
	var all sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			all.Go(func() { f.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return f
}

func (f *fake) url() string { return "opc.tcp://" + f.l.Addr().String() + "/plant" }

// services returns what was asked for, GetEndpoints and the closing of
// channels aside.
func (f *fake) services() (asked []uint32, seals int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked), f.seals
}

func (f *fake) serve(c net.Conn) {
	defer c.Close()
	seq := uint32(0)
	send := func(kind string, clear []byte, request uint32, body []byte) bool {
		seq++
		b := append([]byte(kind), 0, 0, 0, 0)
		b = binary.LittleEndian.AppendUint32(b, 1) // channel
		b = append(b, clear...)
		b = binary.LittleEndian.AppendUint32(b, seq)
		b = binary.LittleEndian.AppendUint32(b, request)
		b = append(b, body...)
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)))
		_, err := c.Write(b)
		return err == nil
	}
	for {
		head := make([]byte, 8)
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		size := binary.LittleEndian.Uint32(head[4:])
		if size < 8 || size > 1<<20 {
			return
		}
		rest := make([]byte, size-8)
		if _, err := io.ReadFull(c, rest); err != nil {
			return
		}
		switch string(head[:3]) {
		case "HEL":
			b := []byte("ACKF\x1c\x00\x00\x00\x00\x00\x00\x00")
			for _, n := range []uint32{65535, 65535, 0, 0} {
				b = binary.LittleEndian.AppendUint32(b, n)
			}
			c.Write(b)
		case "OPN":
			r := wire.NewCursor(rest[4:])
			policy := r.Text()
			r.ByteString()
			r.ByteString()
			if policy != ua.SecurityPolicyURINone {
				f.mu.Lock()
				f.seals++
				f.mu.Unlock()
				if f.open == nil {
					return
				}
				c.Write(f.open(2))
				continue
			}
			r.U32()
			request := r.U32()
			body := encodeResponse(f.t, &ua.OpenSecureChannelResponse{ResponseHeader: goodHeader(), SecurityToken: &ua.ChannelSecurityToken{ChannelID: 1, TokenID: 1, CreatedAt: time.Now(), RevisedLifetime: 3600_000}})
			clear := ua.NewBuffer(nil)
			clear.WriteString(ua.SecurityPolicyURINone)
			clear.WriteByteString(nil)
			clear.WriteByteString(nil)
			send("OPNF", clear.Bytes(), request, body)
		case "MSG":
			r := wire.NewCursor(rest[12:])
			request := r.U32()
			service := wire.Numeric(r.NodeID())
			if service == 428 { // GetEndpointsRequest
				send("MSGF", []byte{1, 0, 0, 0}, request, encodeResponse(f.t, &ua.GetEndpointsResponse{ResponseHeader: goodHeader(), Endpoints: f.endpoints}))
				continue
			}
			f.mu.Lock()
			f.asked = append(f.asked, service)
			f.mu.Unlock()
			return
		case "CLO":
			return
		}
	}
}

func goodHeader() *ua.ResponseHeader {
	return &ua.ResponseHeader{Timestamp: time.Now(), ServiceDiagnostics: &ua.DiagnosticInfo{}, StringTable: []string{}, AdditionalHeader: ua.NewExtensionObject(nil)}
}

func encodeResponse(t testing.TB, resp any) []byte {
	b, err := ua.Encode(ua.NewFourByteExpandedNodeID(0, ua.ServiceTypeID(resp)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := ua.Encode(resp)
	if err != nil {
		t.Fatal(err)
	}
	return append(b, body...)
}
