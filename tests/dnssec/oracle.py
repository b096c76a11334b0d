"""oracle.py ADDRESS ANCHORS: libunbound's opinion of "NAME TYPE" lines: "VERDICT OUTCOME WORDS", from
an empty cache each time. A process of its own, since the library keeps Python waiting."""

import sys

import unbound

TYPES = {'A': 1, 'CNAME': 5, 'MX': 15, 'TXT': 16, 'AAAA': 28, 'TLSA': 52}


def judge(name, rdtype):
    context = unbound.ub_ctx()
    context.set_option('do-not-query-localhost:', 'no')
    context.set_option('val-log-level:', '2')
    context.set_option('use-caps-for-id:', 'no')
    context.set_option('outbound-msg-retry:', '2')
    context.set_fwd(sys.argv[1])
    context.add_ta_file(sys.argv[2])
    status, result = context.resolve(name, TYPES[rdtype], 1)
    if status != 0:
        return f'error error {unbound.ub_strerror(status)}'
    outcome = ('found' if result.havedata else 'no-name' if result.rcode == 3 else
               'no-data' if result.rcode == 0 else 'trouble')
    verdict = ('bogus' if result.bogus else 'secure' if result.secure else
               'indeterminate' if outcome == 'trouble' else 'insecure')
    return f'{verdict} {outcome} {result.why_bogus or ""}'


for line in sys.stdin:
    print(judge(*line.split()), flush=True)
