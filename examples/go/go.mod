module torq-codec

go 1.22
