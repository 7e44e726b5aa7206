"""What a Modbus client that shares no code with Penstock sees of the simulated
plant, as one line of JSON. Usage: client.py PORT"""
import json, struct, sys
try:
    from pymodbus.client import ModbusTcpClient
except ImportError:  # before pymodbus 3
    from pymodbus.client.sync import ModbusTcpClient

c = ModbusTcpClient("127.0.0.1", port=int(sys.argv[1]), timeout=60)
assert c.connect()
def call(f, *a):
    try:
        r = f(*a, slave=1)
    except TypeError:
        r = f(*a, unit=1)
    return {"exception": r.exception_code} if r.isError() else r
def regs(r): return r if isinstance(r, dict) else r.registers
def bits(r, n): return r if isinstance(r, dict) else r.bits[:n]
said = {
    "flows": regs(call(c.read_input_registers, 0, 6)),       # float32 CDAB
    "wash": regs(call(c.read_input_registers, 100, 2)),      # float32 BADC
    "power": regs(call(c.read_input_registers, 200, 2)),     # float32 DCBA
    "energy": regs(call(c.read_input_registers, 212, 4)),    # int64 ABCD
    "info": regs(call(c.read_input_registers, 40, 8)),       # string(16)
    "turbidity": regs(call(c.read_input_registers, 113, 2)), # float32 ABCD
    "age": regs(call(c.read_input_registers, 117, 1)),       # bcd16
    "inputs": bits(call(c.read_discrete_inputs, 0, 4), 4),
    "coils": bits(call(c.read_coils, 0, 4), 4),
    "outside": regs(call(c.read_input_registers, 500, 1)),
    "across": regs(call(c.read_holding_registers, 90, 20)),
    "write": str(call(c.write_registers, 0, [0x0000, 0x4204])),  # 33.0, low word first
    "dose": regs(call(c.read_holding_registers, 0, 2)),
    "half": regs(call(c.write_register, 0, 1)),
    "range": regs(call(c.write_register, 100, 9999)),
}
said["write"] = "exception" not in said["write"]
print("SAID " + json.dumps(said))
