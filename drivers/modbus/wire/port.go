package wire

import (
	"context"
	"io"
)

// open returns the line, opened if it was not, and what comes over it.
func (s *Stream) open(ctx context.Context) (io.ReadWriteCloser, chan []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.port != nil {
		return s.port, s.rx, nil
	}
	port, err := s.Dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	s.Counters.Dials.Add(1)
	s.port, s.rx = port, make(chan []byte, 64)
	go s.receive(port, s.rx)
	return s.port, s.rx, nil
}

func (s *Stream) receive(port io.ReadWriteCloser, rx chan []byte) {
	defer close(rx)
	buf := make([]byte, 512)
	for {
		n, err := port.Read(buf)
		if n > 0 {
			select {
			case rx <- append([]byte(nil), buf[:n]...):
			default: // nobody listens and the line babbles: it is dropped here instead of there
				s.Counters.Dropped.Add(int64(n))
			}
		}
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF // a serial adapter was pulled out
		}
		if err != nil {
			s.mu.Lock()
			if s.rx == rx {
				s.ended = err
			}
			s.mu.Unlock()
			s.drop(port)
			return
		}
	}
}

func (s *Stream) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

func (s *Stream) drop(port io.Closer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.port == port {
		s.port = nil
		_ = port.Close() // nothing is left to lose on it
	}
}

// Close closes the line. The next request opens it again, with what is known
// about its units: which may still owe a reply is not forgotten.
func (s *Stream) Close() {
	s.mu.Lock()
	port := s.port
	s.mu.Unlock()
	if port != nil {
		s.drop(port)
	}
}

func writeAll(w io.Writer, b []byte) error {
	for len(b) > 0 {
		n, err := w.Write(b)
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrShortWrite
		}
		b = b[n:]
	}
	return nil
}
