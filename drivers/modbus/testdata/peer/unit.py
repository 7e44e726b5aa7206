"""A Modbus unit on pymodbus, for tests: unit.py tcp PORT | unit.py rtu DEVICE UNITS | unit.py ascii DEVICE UNITS

UNITS is a list such as 1,2; nobody answers for the others. Register n of the first
unit holds n, up to 65534, and of each next one 1000 more. It knows device identification (function 43)
and prints "ready".
"""
import asyncio
import sys

import pymodbus
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.transaction import ModbusAsciiFramer, ModbusRtuFramer, ModbusSocketFramer

try:
    from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
except ImportError:
    from pymodbus.server.async_io import StartAsyncSerialServer, StartAsyncTcpServer

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
    kind, where = sys.argv[1], sys.argv[2]
    asyncio.get_running_loop().call_later(0.5, lambda: print("ready", flush=True))
    if kind == "tcp":
        await StartAsyncTcpServer(context(1), identity=identity(), address=("127.0.0.1", int(where)))
        return
    framer = {"rtu": ModbusRtuFramer, "ascii": ModbusAsciiFramer}[kind]
    await StartAsyncSerialServer(context(*map(int, sys.argv[3].split(","))), ignore_missing_slaves=True, identity=identity(), framer=framer,
                                 port=where, baudrate=19200, parity="N", stopbits=1, bytesize=8, timeout=1)


asyncio.run(main())
