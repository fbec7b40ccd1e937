// A codec for Torq Protocol V2 of which nothing is written yet but who it is.
//
// A line of input holds one request in JSON, a line of output its answer.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"
)

type request struct {
	ID      int64           `json:"id"`
	Op      string          `json:"op"`
	Data    string          `json:"data"`
	Message json.RawMessage `json:"message"` // numbers in it must not become float64
}

// An answer holds the id of its request and one of the keys "ok", "error" and "unsupported".
type answer map[string]any

func answerTo(asked request) answer {
	switch asked.Op {
	case "hello":
		return answer{"ok": map[string]any{
			"name": "my-codec", "version": "0.1", "language": "Go",
			"capabilities": []string{"decode", "encode"},
			"types":        []string{"Trade"},
		}}
	}
	// Where yours begins: decode has "data" in hex and is answered by "ok" with a message, or
	// refused by "error" with {"kind": "TruncatedTLV"}; encode has "message", its "ok" is hex.
	return answer{"unsupported": true}
}

func main() {
	input, output := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked request
		if err := input.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		given := answerTo(asked)
		given["id"] = asked.ID
		if err := output.Encode(given); err != nil {
			log.Fatal(err)
		}
	}
}
