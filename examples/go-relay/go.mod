module torq-relay

go 1.21
