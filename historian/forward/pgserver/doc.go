// Package pgserver runs a real PostgreSQL for tests, in a folder of its own and
// on a socket there, and kills and starts it again. Where none is installed the
// test is skipped, or fails where PENSTOCK_PEERS=1 asks for every peer.
package pgserver
