# What is wrong with what somebody typed. The first part names a value; its end is added, and its first letter made large.

no-such-type = there is no server type { $code }: the types are 1 and 6 (HTTP) and 2, 3 and 4 (WebSocket)
server-name-invalid = a server's name has 1 to 255 characters, and no line breaks or control characters
environment-empty = the environment is missing: it is DEV, STAGE, LIVE or UNKNOWN
no-such-environment = there is no environment “{ $typed }”: it is DEV, STAGE, LIVE or UNKNOWN
not-a-span = the { $what } is a length of time, a number and its unit (ms, s, m, h, d), such as 30s
span-out-of-range = the { $what } lies between { $least } and { $most }
count-out-of-range = { $what } is a whole number from 1 to 10
address-empty = the address is missing: write a URL such as https://10.0.0.5:8080/healthz, or host:port
address-unreadable = “{ $typed }” is no address: write a URL such as https://10.0.0.5:8080/healthz, or host:port
address-scheme = addresses begin with http://, https://, ws:// or wss://, not { $typed }://
address-host = “{ $typed }” is no host name and no IP address
address-credentials = leave the user name and password out of the address: probes send no credentials
address-port = the port is a number from 1 to 65535
address-path = the path begins with / and has at most 2,000 characters, none of them blanks

forbidden-stands-for = { $address } stands for { $judged }, which
forbidden-metadata = { $address } is a cloud metadata address and is never probed
forbidden-link-local = { $address } is a link-local address and is never probed
forbidden-unspecified = { $address } is an unspecified address and is never probed
forbidden-multicast = { $address } is a multicast address and is never probed
forbidden-broadcast = { $address } is a broadcast or reserved address and is never probed
forbidden-own-listener = { $address } with port { $port } is Healthbot's own listener and is never probed
forbidden-loopback = { $address } is loopback: allow it with HEALTHBOT_ALLOW_LOOPBACK=true
forbidden-outside-networks = { $address } lies outside the networks of HEALTHBOT_TARGET_NETWORKS

that-address = that address
an-empty-word = an empty word
no-such-command = There is no command { $typed }. `/health help` shows all of them.
no-such-command-near = There is no command { $typed }. Did you mean `{ $nearest }`?
quote-not-closed = A quotation mark is opened and not closed. Names with blanks stand between two of them; one that belongs to a name is written \".
word-missing = { $what } is missing.
field-missing = { $field } is missing.
word-unexpected = I don't know what { $typed } means here. Names with blanks stand in quotes.
no-such-key = There is no key { $typed }. The keys are { $known }.
key-twice = { $typed } stands there twice.
no-such-filter = A list can be narrowed to { $known } or env=LIVE, not to { $typed }.
second-filter = { $typed } is one too many: a list is narrowed to one of { $known }.
act-missing = What is to be done? It is { $known }.
no-such-act = I don't know how to { $typed }. It is { $known }.
not-a-hook = A webhook needs a name and, where it is added, the URL that Slack gave for it: it begins with https://hooks.slack.com/services/. The name comes first; with blanks in it, it stands in quotes.
hook-elsewhere = { $typed } is none of Slack's incoming webhooks: their URLs begin with https://hooks.slack.com/services/.
webhook-name-invalid = A webhook's name has 1 to 255 characters, and no line breaks or control characters.
not-a-channel = { $typed } is no channel. Type # and choose one from Slack's list.
not-on-or-off = { $key } is on or off, not { $typed }.
remind-invalid = `remind` is `off`, or a length of time from 1s to 1d, such as `30m`, not { $typed }.
type-is-no-number = { $typed } is no server type. The types are 1 and 6 (HTTP) and 2, 3 and 4 (WebSocket).
type-contradicts-address = Type { $code } is checked by { $check }, but the address stands for { $other }. Leave the type out, or change the address.

field-name = Name
field-address = Address
field-environment = Environment
field-type = Type
field-interval = Interval
field-timeout = Timeout
field-failures = Failures
field-recoveries = Recoveries
