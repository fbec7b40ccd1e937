// cp accumulated.go ../../examples/go/ && cd ../../examples/go && go run accumulated.go fault.go json.go layouts.go \
//   message.go registry.go types.go < ../../vectors/torq_vectors/accumulated.txt | sha256sum

//go:build ignore

package main

import ("bufio"; "crypto/sha256"; "encoding/binary"; "fmt"; "hash/crc32"; "log"; "os"; "strings")

func main() {
	var seed, count, number, size uint64; var sources, domains []byte; var pieces, skipped string
	lines, le := bufio.NewScanner(os.Stdin), binary.LittleEndian
	lines.Scan(); fmt.Sscanf(lines.Text(), "%d %d %x", &seed, &count, &sources)
	for lines.Scan() {
		fmt.Sscanf(lines.Text(), "%d %s %s %x %d %s", &number, &skipped, &skipped, &domains, &size, &pieces)
		decoded, encoded, m := sha256.New(), sha256.New(), make([]byte, 8192)
		for i, state := uint64(0), seed+number; i < count; i++ {
			for n := uint64(5); n < 37+size; n += 8 {
				state += 0x9E3779B97F4A7C15
				z := (state ^ state>>30) * 0xBF58476D1CE4E5B9; z = (z ^ z>>27) * 0x94D049BB133111EB; z ^= z >> 31
				le.PutUint64(m[n:], uint64(int64(z)>>(z>>20&63)))
			}
			domain, source := domains[int(m[9])%len(domains)], sources[int(m[11])%len(sources)]
			copy(m, m[5:37]); copy(m, []byte{0xEF, 0xBE, 0xAD, 0xDE, domain, 1, source})
			le.PutUint32(m[24:], uint32(size+5)); copy(m[32:], []byte{255, 0, byte(number), byte(size), byte(size >> 8)})
			at := uint64(37)
			for _, piece := range strings.Split(pieces, ",") {
				var kept, zeros, slots, slot, used uint64
				fmt.Sscanf(piece, "%d+%d+%d+%d", &kept, &zeros, &slots, &slot)
				if at += kept; slots > 0 { used = uint64(le.Uint16(m[at-2:])) % (slots + 1); le.PutUint16(m[at-2:], uint16(used)) }
				clear(m[at : at+zeros]); clear(m[at+zeros+used*slot : at+zeros+slots*slot]); at += zeros + slots*slot
			}
			le.PutUint32(m[28:], crc32.Update(crc32.ChecksumIEEE(m[:28]), crc32.IEEETable, m[32:at]))
			message, fault := Decode(m[:at]); if fault != nil { log.Fatal(fault) }
			out, _ := Encode(message); encoded.Write(out); decoded.Write(appendMessageJSON(nil, message))
		}
		fmt.Printf("%d %x %x\n", number, decoded.Sum(nil), encoded.Sum(nil))
	}
}
