package horn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"

	"penstock/app/alarm"
)

// wavHead is how long the head of a WAV file of ours is.
const wavHead = 44

// Recorder is a Speaker that keeps what is played in a WAV file, to prove later
// what was to be heard, and passes it on to another. Its methods may be called
// from any goroutine.
type Recorder struct {
	to Speaker // nil for none

	mu   sync.Mutex
	file *os.File
	size uint32 // of the sound in the file, bytes
	err  error
}

// Record makes a new file and returns a Recorder to it, and to a speaker that
// may be nil.
func Record(path string, to Speaker) (*Recorder, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("record sounds: %w", err)
	}
	r := &Recorder{to: to, file: f}
	r.head()
	return r, r.err
}

// Play implements Speaker. The file is whole after each sound.
func (r *Recorder) Play(pcm []byte) {
	if r.to != nil {
		r.to.Play(pcm)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	if _, r.err = r.file.WriteAt(pcm, wavHead+int64(r.size)); r.err == nil {
		r.size += uint32(len(pcm))
		r.head()
	}
}

// Err implements Speaker.
func (r *Recorder) Err() error {
	if r.to != nil && r.to.Err() != nil {
		return r.to.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return fmt.Errorf("the sound is not recorded: %w", r.err)
	}
	return nil
}

// head writes the head for the sound that is there: RIFF, PCM, one channel of
// 16 bits.
func (r *Recorder) head() {
	b := make([]byte, 0, wavHead)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, wavHead-8+r.size)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1) // PCM
	b = binary.LittleEndian.AppendUint16(b, 1) // channel
	b = binary.LittleEndian.AppendUint32(b, Rate)
	b = binary.LittleEndian.AppendUint32(b, 2*Rate)
	b = binary.LittleEndian.AppendUint16(b, 2) // bytes of a sample
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, r.size)
	_, r.err = r.file.WriteAt(b, 0)
}

// Heard reads a file of a Recorder and returns the priorities whose sounds are
// in it, in the order they were played.
func Heard(path string) (played []int, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(text) < wavHead || string(text[:4]) != "RIFF" || int(binary.LittleEndian.Uint32(text[40:])) > len(text)-wavHead {
		return nil, errors.New("this is no recording of sounds")
	}
	rest := text[wavHead : wavHead+int(binary.LittleEndian.Uint32(text[40:]))]
next:
	for len(rest) > 0 {
		for p := 1; p <= alarm.Lowest; p++ {
			if s := Sound(p); bytes.HasPrefix(rest, s) {
				played, rest = append(played, p), rest[len(s):]
				continue next
			}
		}
		return played, fmt.Errorf("after %d sounds there is one of no priority", len(played))
	}
	return played, nil
}
