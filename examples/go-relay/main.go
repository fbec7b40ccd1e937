// A relay of Torq Protocol V2: one engine, three logics of a few lines each.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"os/signal"
	"syscall"
)

func always([]byte) bool { return true }

func hasRightChecksum(message []byte) bool {
	sum := crc32.Update(crc32.ChecksumIEEE(message[:28]), crc32.IEEETable, message[headerSize:])
	return sum == binary.LittleEndian.Uint32(message[28:])
}

var logics = map[int]Logic{
	1: {1, 65_536, always},
	2: {2, 32_768, hasRightChecksum},
	3: {3, 16_384, hasRightChecksum},
}

func main() {
	domain := flag.Int("domain", 0, "1 MarketData, 2 Signal or 3 Execution")
	path := flag.String("socket", "", "the path of the socket")
	flag.Parse()
	logic, isThere := logics[*domain]
	if !isThere || *path == "" {
		fmt.Fprintln(os.Stderr, "relay: write --domain 1 --socket PATH")
		os.Exit(2)
	}
	relay := newRelay(logic, *path)
	listener, err := relay.listen()
	if err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGTERM, syscall.SIGINT)
	go relay.serve(listener)
	<-over
	relay.stop(listener)
}
