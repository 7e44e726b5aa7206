// A Modbus unit on modbus-serial, for tests: node unit.js
// Register n holds n, coil n is on where n is odd. It prints "ready PORT"; a port
// that is the number 0 would be 502.
"use strict";
const { ServerTCP } = require("modbus-serial");

const holding = Uint16Array.from({ length: 65536 }, (_, n) => n);
const coils = Uint8Array.from({ length: 65536 }, (_, n) => n & 1);
const unit = new ServerTCP({
  getHoldingRegister: (at) => holding[at],
  getInputRegister: (at) => at,
  getCoil: (at) => coils[at] === 1,
  getDiscreteInput: (at) => (at & 1) === 1,
  setRegister: (at, value) => { holding[at] = value; },
  setCoil: (at, on) => { coils[at] = on ? 1 : 0; },
}, { host: "127.0.0.1", port: "0", unitID: 1 });
unit.on("initialized", () => console.log("ready", unit._server.address().port));
unit.on("socketError", () => {}); // a client that hangs up
