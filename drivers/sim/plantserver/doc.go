// Package plantserver serves a simulated plant, or the recording of a real
// one, as an OPC UA server and a Modbus TCP server on the loopback interface.
//
//	source (waterworks or recording) --> image --> OPC UA nodes, subscriptions --+--> gate --> clients
//	                                         +---> Modbus register map ----------+
//
// The image is the one place where both servers and the model meet. The gates
// in front of them own the ports, so that a link can be cut without ending
// the servers behind it.
//
// The OPC UA library's own server answers without a session, loses values and
// can be ended by one request, so every service that matters is replaced here
// (service.go); even so it is for demonstration and tests on one machine, and
// refuses any address that is not loopback. It accepts everybody.
package plantserver
