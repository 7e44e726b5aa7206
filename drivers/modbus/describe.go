package modbus

import (
	"encoding/binary"
	"fmt"

	pdu "github.com/goburrow/modbus"

	"penstock/drivers/modbus/reg"
)

// describe says what a request asks for, for the flight recorder.
func describe(p *pdu.ProtocolDataUnit) string {
	var n [4]uint16
	for i := 0; i < len(n) && 2*i+2 <= len(p.Data); i++ {
		n[i] = binary.BigEndian.Uint16(p.Data[2*i:])
	}
	switch fc := p.FunctionCode; fc {
	case 1, 2, 3, 4:
		for _, t := range reg.Tables {
			if t.ReadCode() == fc {
				return fmt.Sprintf("FC%d read %s", fc, places(t, n[0], n[1]))
			}
		}
	case 5:
		return fmt.Sprintf("FC5 write coil CO%d = %d", n[0], n[1]>>15)
	case 6:
		return fmt.Sprintf("FC6 write register HR%d = %d (0x%04X)", n[0], n[1], n[1])
	case 15:
		return fmt.Sprintf("FC15 write coils %s = % X", places(reg.Coil, n[0], n[1]), p.Data[min(5, len(p.Data)):])
	case 16:
		return fmt.Sprintf("FC16 write registers %s = % X", places(reg.Holding, n[0], n[1]), p.Data[min(5, len(p.Data)):])
	case 23:
		return fmt.Sprintf("FC23 write registers %s = % X and read %s", places(reg.Holding, n[2], n[3]), p.Data[min(9, len(p.Data)):], places(reg.Holding, n[0], n[1]))
	case 22:
		return fmt.Sprintf("FC22 mask register HR%d and 0x%04X or 0x%04X", n[0], n[1], n[2])
	case encapsulated:
		return "FC43 read device identification"
	}
	return fmt.Sprintf("FC%d % X", p.FunctionCode, p.Data)
}

func places(t reg.Table, at, n uint16) string {
	return reg.Range{Table: t, From: at, To: at + max(n, 1) - 1}.String()
}

// describeReply says what came back.
func describeReply(asked byte, p *pdu.ProtocolDataUnit) string {
	switch {
	case p.FunctionCode != asked && len(p.Data) > 0:
		return "refused: " + reason(p.Data[0])
	case (asked <= 4 || asked == 23) && len(p.Data) > 1:
		return fmt.Sprintf("% X", p.Data[1:])
	case asked == 5 || asked == 6 || asked == 15 || asked == 16 || asked == 22:
		return "done"
	}
	return fmt.Sprintf("% X", p.Data)
}
