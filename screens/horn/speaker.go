package horn

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/ebitengine/oto/v3"
)

// System is the computer's sound device. It is opened at the first sound.
func System() Speaker {
	s := &system{next: make(chan []byte, 1)}
	return s
}

type system struct {
	start sync.Once
	next  chan []byte // the newest sound waits, an older one is dropped

	mu  sync.Mutex
	err error
}

// Play implements Speaker.
func (s *system) Play(pcm []byte) {
	s.start.Do(func() { go s.run() })
	for {
		select {
		case s.next <- pcm:
			return
		default:
		}
		select {
		case <-s.next:
		default:
		}
	}
}

// Err implements Speaker.
func (s *system) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *system) fail(err error) {
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
}

// run owns the device for as long as the program runs: the library opens it
// once in a process.
func (s *system) run() {
	err := absent()
	var ctx *oto.Context
	var ready chan struct{}
	if err == nil {
		ctx, ready, err = oto.NewContext(&oto.NewContextOptions{SampleRate: Rate, ChannelCount: 1, Format: oto.FormatSignedInt16LE})
	}
	if err != nil {
		s.fail(fmt.Errorf("no sound device: %w", err))
		for range s.next { // nobody waits for it
		}
		return
	}
	<-ready
	var playing *oto.Player // kept, or the library may collect it while it sounds
	for pcm := range s.next {
		if err := ctx.Err(); err != nil {
			s.fail(fmt.Errorf("no sound device: %w", err))
			continue
		}
		s.fail(nil)
		if playing != nil {
			playing.Pause()
		}
		playing = ctx.NewPlayer(bytes.NewReader(pcm))
		playing.Play()
	}
}
