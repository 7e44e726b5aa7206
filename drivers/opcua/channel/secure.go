package channel

import (
	"encoding/binary"
	"fmt"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"

	"penstock/drivers/opcua/wire"
)

// Lengths of the fixed parts of a chunk.
const (
	chunkHead    = 12 // type, size, channel id
	tokenHead    = 4
	sequenceHead = 8
)

// seal signs and encrypts a chunk whose first head bytes stay in clear and
// whose size field is set here.
func seal(alg *uapolicy.EncryptionAlgorithm, head int, b []byte, encrypt bool) ([]byte, error) {
	if encrypt {
		block := alg.PlaintextBlockSize()
		padBytes := 1
		if alg.RemoteSignatureLength() > 256 {
			padBytes = 2
		}
		pad := (block - (len(b)-head+alg.SignatureLength()+padBytes)%block) % block
		for range pad + 1 {
			b = append(b, byte(pad))
		}
		if padBytes == 2 {
			b = append(b, byte(pad>>8))
		}
		size := head + (len(b)-head+alg.SignatureLength())/block*alg.BlockSize()
		binary.LittleEndian.PutUint32(b[4:], uint32(size))
	} else {
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)+alg.SignatureLength()))
	}
	sig, err := alg.Signature(b)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	b = append(b, sig...)
	if !encrypt {
		return b, nil
	}
	body, err := alg.Encrypt(b[head:])
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return append(b[:head], body...), nil
}

// unseal decrypts and verifies what follows the first head bytes of a chunk
// and returns it without padding and signature.
func unseal(alg *uapolicy.EncryptionAlgorithm, head int, b []byte, encrypted bool) ([]byte, error) {
	if encrypted {
		plain, err := alg.Decrypt(b[head:])
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ua.StatusBadSecurityChecksFailed, err)
		}
		b = append(b[:head:head], plain...)
	}
	cut := len(b) - alg.RemoteSignatureLength()
	if cut < head {
		return nil, ua.StatusBadSecurityChecksFailed
	}
	if err := alg.VerifySignature(b[:cut], b[cut:]); err != nil {
		return nil, fmt.Errorf("%w: %w", ua.StatusBadSecurityChecksFailed, err)
	}
	if !encrypted {
		return b[head:cut], nil
	}
	pad, tail := 0, 1
	if cut-head < 2 {
		return nil, wire.ErrMalformed
	}
	if alg.SignatureLength() > 256 {
		pad, tail = int(b[cut-1])<<8|int(b[cut-2]), 2
	} else {
		pad = int(b[cut-1])
	}
	if cut -= pad + tail; cut < head {
		return nil, wire.ErrMalformed
	}
	return b[head:cut], nil
}

// bodyRoom is how many bytes of a message fit into one chunk of size bytes.
func bodyRoom(alg *uapolicy.EncryptionAlgorithm, size int) int {
	padBytes := 1
	if alg.RemoteSignatureLength() > 256 {
		padBytes = 2
	}
	return alg.PlaintextBlockSize()*((size-chunkHead-tokenHead)/alg.BlockSize()) - sequenceHead - alg.SignatureLength() - padBytes
}

// asymmetricHeader is what goes before the sequence header of an
// OpenSecureChannel.
func (s *Security) asymmetricHeader() ([]byte, error) {
	b := ua.NewBuffer(nil)
	if s.None() {
		b.WriteString(ua.SecurityPolicyURINone)
		b.WriteByteString(nil)
		b.WriteByteString(nil)
		return b.Bytes(), nil
	}
	server, _, err := leaf(s.Server)
	if err != nil {
		return nil, err
	}
	b.WriteString(s.Policy)
	b.WriteByteString(s.Own)
	b.WriteByteString(thumbprint(server))
	return b.Bytes(), nil
}

// asymmetric is the algorithm of an OpenSecureChannel, sealed with the key of
// the trusted server, never with that of the last one who answered.
func (s *Security) asymmetric() (*uapolicy.EncryptionAlgorithm, error) {
	if s.None() {
		return uapolicy.Asymmetric(ua.SecurityPolicyURINone, nil, nil)
	}
	_, key, err := leaf(s.Server)
	if err != nil {
		return nil, err
	}
	return uapolicy.Asymmetric(s.Policy, s.Key, key)
}

// checkSender compares the head of an incoming OpenSecureChannel with what
// was trusted and returns the head's length.
func (s *Security) checkSender(b []byte) (head int, err error) {
	if len(b) < chunkHead {
		return 0, wire.ErrMalformed
	}
	c := wire.NewCursor(b[chunkHead:])
	policy, sender := c.Text(), c.ByteString()
	c.ByteString()
	if c.Err() != nil {
		return 0, c.Err()
	}
	want := s.Policy
	if want == "" {
		want = ua.SecurityPolicyURINone
	}
	if policy != want {
		return 0, fmt.Errorf("%w: asked for %s, it answered with %q", ErrImpostor, want, policy)
	}
	if !s.None() && !sameCertificate(s.Server, sender) {
		return 0, fmt.Errorf("%w: it shows the certificate %X, trusted is %X", ErrImpostor, thumbprintOf(sender), thumbprintOf(s.Server))
	}
	return chunkHead + c.Offset(), nil
}

func thumbprintOf(chain []byte) []byte {
	der, _, err := leaf(chain)
	if err != nil {
		return thumbprint(chain)
	}
	return thumbprint(der)
}
