package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

const (
	framesEnd     = 0xFFFFFFFF // as a length: back to lines
	framesRefused = 0x80000000 // added to the number of the Kind
)

// serveFrames is the bulk mode: u32 length and a message in; u32 length and what decoding and
// encoding it again gives out, or a refusal in place of the length. Answers are written when
// nothing more is there to be read, so a full pipeline costs one write for many messages.
func serveFrames(in *bufio.Reader, out *bufio.Writer) error {
	var head [4]byte
	var data bytes.Buffer // used again for every message: Decode copies what it keeps
	for {
		if in.Buffered() < len(head) {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if _, err := io.ReadFull(in, head[:]); err == io.EOF {
			return nil // between two frames the input may end
		} else if err != nil {
			return err
		}
		size := binary.LittleEndian.Uint32(head[:])
		if size == framesEnd {
			return out.Flush()
		}
		if int64(in.Buffered()) < int64(size) {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		// CopyN grows data by what arrives: a length alone allocates nothing.
		data.Reset()
		if _, err := io.CopyN(&data, in, int64(size)); err != nil {
			return err
		}
		if err := answerFrame(out, data.Bytes()); err != nil {
			return err
		}
	}
}

func answerFrame(out *bufio.Writer, data []byte) error {
	again, err := roundTrip(data)
	length := uint32(len(again))
	var fault *Fault
	if errors.As(err, &fault) {
		length = framesRefused | uint32(fault.Kind)
	} else if err != nil {
		return err
	}
	var head [4]byte
	binary.LittleEndian.PutUint32(head[:], length)
	out.Write(head[:])
	_, err = out.Write(again) // a writer that failed once fails ever after
	return err
}

func roundTrip(data []byte) ([]byte, error) {
	message, err := Decode(data)
	if err != nil {
		return nil, err
	}
	return Encode(message)
}
