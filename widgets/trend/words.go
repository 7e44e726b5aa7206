package trend

import (
	"sort"

	"penstock/app/tag"
)

// word is what a text said from a time on.
type word struct {
	t    int64
	text string
	q    tag.Quality
	ok   bool
}

func wordOf(v tag.Value) word {
	return word{t: v.At(), text: v.Value.Str(), q: v.Quality, ok: v.Quality.Usable() && v.Value.Kind() == tag.KindText}
}

// words hands over what a text said in from <= t < to, led by what was in
// force at from.
func (s *series) words(from, to int64, emit func(word)) {
	i := sort.Search(len(s.texts), func(i int) bool { return s.texts[i].t > from })
	if i > 0 {
		emit(s.texts[i-1])
	} else {
		emit(s.word)
	}
	end := s.word.t
	if n := len(s.texts); n > 0 {
		end = s.texts[n-1].t
	}
	for ; i < len(s.texts) && s.texts[i].t < to; i++ {
		emit(s.texts[i])
	}
	k := sort.Search(len(s.tail), func(i int) bool { return s.tail[i].t > end })
	for ; k < len(s.tail) && s.tail[k].t < to; k++ {
		emit(word{s.tail[k].t, s.tail[k].text, s.tail[k].q, s.tail[k].ok})
	}
}

// wordsGood is the share of a stretch in which a text was usable.
func (s *series) wordsGood(from, to int64) float64 {
	var known int64
	prev := word{t: from}
	count := func(until int64) {
		if prev.ok {
			known += max(until-max(prev.t, from), 0)
		}
	}
	s.words(from, to, func(k word) {
		count(k.t)
		prev = k
	})
	count(to)
	return float64(known) / float64(max(to-from, 1))
}

// wordAt is what a text said at time t.
func (s *series) wordAt(t int64) (w word) {
	s.words(t, t+1, func(k word) {
		if k.t <= t {
			w = k
		}
	})
	return w
}
