package codec

import (
	"math"
	"math/bits"
)

// The predictors. What is coded is the difference between a value and what
// its predictor says; each starts anew with the first value of a segment.
const (
	predFrame  = 0 // a constant
	predPlain  = 8 // the value before; 1 to 7 are exponential means with gains[p-1]
	predTrend  = 9 // a line through the two values before
	predGrid   = 10
	predictors = 11
)

// gains of the exponential means, in sixteenths. A slow process under white
// noise is predicted best by such a mean (it is the Kalman filter's steady
// state), which saves up to half a bit a sample against the value before.
var gains = [...]int64{1, 2, 3, 4, 6, 8, 12}

// residuals fills res with what predictor p, started with first, is wrong by.
func residuals(res []uint64, src []int64, p int, first, step int64) {
	switch p {
	case predFrame:
		for i, x := range src {
			res[i] = zigzag(x - first)
		}
	case predPlain:
		a := first
		for i, x := range src {
			res[i] = zigzag(x - a)
			a = x
		}
	case predTrend:
		a, b := first, first
		for i, x := range src {
			res[i] = zigzag(x - (2*a - b))
			b, a = a, x
		}
	case predGrid:
		e := first
		for i, x := range src {
			res[i] = zigzag(x - e)
			e += step
		}
	default:
		g, m := gains[p-1], first<<8
		for i, x := range src {
			res[i] = zigzag(x - (m+128)>>8)
			m += ((x<<8 - m) * g) >> 4
		}
	}
}

// restore is the inverse of residuals; residuals that fit a byte come straight
// from the entropy decoder.
func restore[R byte | uint64](dst []int64, res []R, p int, first, step int64) {
	dst = dst[:len(res)]
	switch p {
	case predFrame:
		for i, u := range res {
			dst[i] = first + unzigzag(uint64(u))
		}
	case predPlain:
		a := first
		for i, u := range res {
			a += unzigzag(uint64(u))
			dst[i] = a
		}
	case predTrend:
		a, b := first, first
		for i, u := range res {
			x := unzigzag(uint64(u)) + 2*a - b
			b, a = a, x
			dst[i] = x
		}
	case predGrid:
		e := first
		for i, u := range res {
			dst[i] = e + unzigzag(uint64(u))
			e += step
		}
	default:
		restoreMean(dst, res, gains[p-1], first)
	}
}

// restoreMean is restore for exponential means. Each value waits for the mean
// after the one before, so the way from mean to mean is kept short: m is the
// mean plus a half, and value<<8 - mean is then d<<8 + 128 - m&255. It is the
// same arithmetic, wrapping included.
func restoreMean[R byte | uint64](dst []int64, res []R, gain, first int64) {
	m := first<<8 + 128
	for i, u := range res {
		d := unzigzag(uint64(u))
		dst[i] = d + m>>8
		m += (d<<8 + 128 - m&255) * gain >> 4
	}
}

// cost estimates the bits of residuals from a histogram of their sizes: the
// entropy of the size, and the bits below the leading one.
func cost(res []uint64) float64 {
	var sizes [65]int
	for _, u := range res {
		sizes[bits.Len64(u)]++
	}
	n, c := float64(len(res)), 0.0
	for size, count := range sizes {
		if count > 0 {
			f := float64(count)
			c += f * math.Log2(n/f)
			if size > 1 {
				c += f * float64(size-1)
			}
		}
	}
	return c
}

// window is the stretch of a column that predictors are tried on.
const window = 512

// choose finds the predictor that costs least on the middle of src, which has
// at least two values. Of predFrame first is the constant.
func (e *Encoder) choose(src []int64, lo, hi int64) (p int, step, frame int64) {
	w := src
	if len(src) > window+window/2 {
		w = src[len(src)/2-window/2 : len(src)/2+window/2]
	}
	e.res = grow(e.res, len(w))
	res := e.res
	best := math.Inf(1)
	try := func(q int, first, st int64) bool {
		residuals(res, w, q, first, st)
		if c := cost(res[1:]); c < best {
			best, p = c, q
			return true
		}
		return false
	}
	try(predPlain, w[0], 0)
	if uint64(hi-lo) < 1<<52 && hi < 1<<53 && lo > -1<<53 {
		for _, q := range [...]int{6, 4, 2, 1} {
			if !try(q, w[0], 0) && q <= 4 {
				break
			}
		}
		if q := p; q > 1 && q < predPlain {
			try(q-1, w[0], 0)
			try(min(q+1, len(gains)), w[0], 0)
		}
	}
	try(predTrend, w[0], 0)
	if step = (src[len(src)-1] - src[0]) / int64(len(src)-1); step != 0 {
		try(predGrid, w[0], step)
	}
	frame = lo + (hi-lo)/2
	// The frame must win clearly: it sees only the window's spread.
	before, bestP := best, p
	if try(predFrame, frame, 0) && best > before*0.98 {
		p = bestP
	}
	return p, step, frame
}
