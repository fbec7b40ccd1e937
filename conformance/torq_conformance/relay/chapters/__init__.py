"""What relays are asked, a module a group of rules: first what is enumerated, then loads."""
