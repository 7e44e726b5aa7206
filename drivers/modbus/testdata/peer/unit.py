"""A Modbus unit on pymodbus, for tests: unit.py tcp | unit.py rtu DEVICE UNITS | unit.py ascii DEVICE UNITS

UNITS is a list such as 1,2; nobody answers for the others. Register n of the first
unit holds n, up to 65534, and of each next one 1000 more. It knows device identification (function 43)
and prints "ready" once it listens, on TCP with the port, which the system chooses.
"""
import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.transaction import ModbusAsciiFramer, ModbusRtuFramer, ModbusSocketFramer

from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer

PLACES = 65535  # the last address there could be is left out


def context(*units):
    bits = lambda: ModbusSequentialDataBlock(0, [n & 1 for n in range(PLACES)])
    slaves = {}
    for i, unit in enumerate(units):
        numbers = lambda: ModbusSequentialDataBlock(0, [(n + 1000 * i) % PLACES for n in range(PLACES)])
        slaves[unit] = ModbusSlaveContext(di=bits(), co=bits(), hr=numbers(), ir=numbers(), zero_mode=True)
    return ModbusServerContext(slaves=slaves, single=False)


def identity():
    who = ModbusDeviceIdentification()
    who.VendorName = "Penstock"
    who.ProductCode = "PT"
    who.MajorMinorRevision = "1.2"
    who.VendorUrl = "https://example.org/"
    who.ProductName = "Test unit"
    who.ModelName = "TU-1"
    return who


async def main():
    if sys.argv[1] == "tcp":
        server = ModbusTcpServer(context(1), identity=identity(), address=("127.0.0.1", 0))
        runs = asyncio.create_task(server.serve_forever())
        await server.serving
        print("ready", server.server.sockets[0].getsockname()[1], flush=True)
        await runs
        return
    framer = {"rtu": ModbusRtuFramer, "ascii": ModbusAsciiFramer}[sys.argv[1]]
    server = ModbusSerialServer(context(*map(int, sys.argv[3].split(","))), framer, ignore_missing_slaves=True, identity=identity(),
                                port=sys.argv[2], baudrate=19200, parity="N", stopbits=1, bytesize=8, timeout=1)
    await server.start()
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
