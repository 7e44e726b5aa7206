// Command penstock is a control room: it connects to plant equipment over OPC
// UA and Modbus, draws mimics and trends, keeps history and alarms. Only this
// package names the concrete drivers, the files and the window system.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"penstock/drivers"
	"penstock/drivers/host"
	"penstock/drivers/modbus"
	"penstock/drivers/opcua"
	"penstock/drivers/sim"

	_ "penstock/app/locale" // before Fyne looks
)

// envUnits names, to a driver's child process, the folder where the ranges
// that Modbus units refused are kept.
const envUnits = "PENSTOCK_UNITS"

// inside is the drivers as they run in a child process, one line each.
func inside() drivers.Set {
	return drivers.Set{
		"opcua":  &opcua.Driver{PKI: os.Getenv(opcua.EnvPKI), Secret: secretsIn(os.Getenv(envSecrets)).Open},
		"modbus": &modbus.Driver{Dir: os.Getenv(envUnits)},
		"sim":    new(sim.Driver),
	}
}

func main() {
	host.Main(inside()) // does not return in a child process
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := dispatch(ctx, verbs(), os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// verbs is everything the program does. The first has no name: the window.
func verbs() []verb {
	return []verb{
		roomVerb, newVerb, serveVerb, plantVerb, checkVerb, snapshotVerb, historyVerb, alarmsVerb, journalVerb, performanceVerb, whatifVerb,
		linksVerb, scanVerb, browseVerb, certificatesVerb, secretsVerb, peopleVerb, versionsVerb, doctorVerb, backupVerb, restoreVerb, verifyVerb, benchVerb,
	}
}
