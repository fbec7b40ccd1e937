// Command torq-codec decodes and encodes Torq Protocol V2 for whoever asks on standard input.
//
// A line holds one request in JSON, a line of standard output its answer. Two kinds of wrong are
// kept apart: a *Fault says that the message in a request is wrong and is an answer; any other error
// says that the request makes no sense, is reported on standard error and ends the program.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
)

const bufferSize = 1 << 18

var identity = json.RawMessage(`{"name":"torq-go","version":"1","language":"Go",` +
	`"capabilities":["decode","encode","error_context","strict_padding","frames",` +
	`"validate","decode_validated","instrument_id","error_text"]}`)

type request struct {
	ID        json.RawMessage   `json:"id"`
	Op        string            `json:"op"`
	Data      string            `json:"data"`
	Message   any               `json:"message"`
	Operation string            `json:"operation"`
	Arguments json.RawMessage   `json:"arguments"`
	Request   json.RawMessage   `json:"request"`
	Requests  []json.RawMessage `json:"requests"`
}

type reply struct {
	ID          json.RawMessage `json:"id,omitempty"`
	OK          json.RawMessage `json:"ok,omitempty"`
	Error       *Fault          `json:"error,omitempty"`
	Unsupported bool            `json:"unsupported,omitempty"`
}

func main() {
	log.SetFlags(0)
	err := serve(os.Stdin, os.Stdout)
	if err == nil {
		err = writeAllocations(os.Getenv("TORQ_METER_MALLOCS"))
	}
	if err != nil {
		log.Fatal("torq-codec: ", err)
	}
}

// writeAllocations leaves what was taken from the heap, how often and how many bytes, in a file: for
// torq-conformance meter, which names one and cannot count in Go's heap itself.
func writeAllocations(path string) error {
	if path == "" {
		return nil
	}
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	return os.WriteFile(path, fmt.Appendf(nil, "%d %d\n", heap.Mallocs, heap.TotalAlloc), 0o600)
}

// serve answers requests until the input ends.
func serve(input io.Reader, output io.Writer) error {
	in := bufio.NewReaderSize(input, bufferSize)
	out := bufio.NewWriterSize(output, bufferSize)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		asked, answer, err := answerLine(line)
		if err != nil {
			return err
		}
		out.Write(append(answer, '\n'))
		if err := out.Flush(); err != nil {
			return err
		}
		if asked.Op == "frames" {
			// The same reader goes on: it may hold the first frames already.
			if err := serveFrames(in, out); err != nil {
				return err
			}
		}
	}
}

func parseRequest(line []byte) (asked request, err error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber() // float64 would round integers above 2^53
	err = decoder.Decode(&asked)
	return asked, err
}

func answerLine(line []byte) (asked request, answer []byte, err error) {
	if asked, err = parseRequest(line); err != nil {
		return asked, nil, err
	}
	given := reply{ID: asked.ID}
	ok, err := perform(asked)
	switch {
	case err == nil:
		given.OK = ok
	case errors.Is(err, errUnsupported):
		given.Unsupported = true
	case !errors.As(err, &given.Error):
		return asked, nil, err
	}
	answer, err = json.Marshal(given)
	return asked, answer, err
}

var errUnsupported = errors.New("unsupported")

// perform returns the answer to one request in JSON.
func perform(asked request) ([]byte, error) {
	switch asked.Op {
	case "hello":
		return identity, nil
	case "frames":
		return []byte("true"), nil
	case "decode":
		return decodeHex(asked.Data, Decode)
	case "decode_validated":
		return decodeHex(asked.Data, DecodeValidated)
	case "validate":
		message, err := parseMessage(asked.Message)
		if err != nil {
			return nil, err
		}
		return json.Marshal(Validate(message))
	case "instrument_id":
		return operate(asked.Operation, asked.Arguments)
	case "encode":
		message, err := parseMessage(asked.Message)
		if err != nil {
			return nil, err
		}
		data, err := Encode(message)
		return appendHex(nil, data), err
	case "roundtrip":
		data, err := hex.DecodeString(asked.Data)
		if err != nil {
			return nil, err
		}
		again, err := roundTrip(data)
		return appendHex(nil, again), err
	case "error_text":
		return errorText(asked.Request)
	case "batch":
		answers := make([]json.RawMessage, len(asked.Requests)) // not nil: none at all are [], not null
		for i, line := range asked.Requests {
			_, answer, err := answerLine(line)
			if err != nil {
				return nil, err
			}
			answers[i] = answer
		}
		return json.Marshal(answers)
	}
	return nil, errUnsupported
}

// errorText puts the refusal of a request into words; of one that is not refused there are none.
func errorText(line []byte) ([]byte, error) {
	refused, err := parseRequest(line)
	if err != nil {
		return nil, err
	}
	var fault *Fault
	if _, err = perform(refused); err == nil {
		return json.Marshal("")
	} else if errors.As(err, &fault) {
		return json.Marshal(fault.Error())
	}
	return nil, err
}

func decodeHex(text string, decode func(data []byte) (*Message, error)) ([]byte, error) {
	data, err := hex.DecodeString(text)
	if err != nil {
		return nil, err
	}
	message, err := decode(data)
	if err != nil {
		return nil, err
	}
	return appendMessageJSON(nil, message), nil
}
