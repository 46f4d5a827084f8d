# Webhooks of one's own, of Zapier and of Make, through the real loop: signed by Standard Webhooks 1.0.0, with one secret and
# with two, each attempt at its own time under one id; redirects not followed, receivers that are gone, limits, time-outs
# and answers that are none (S2.16).
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignGateway;
use CampaignServices;
use CampaignTest;
use Digest::SHA qw(hmac_sha256_base64);
use JSON::PP ();
use MIME::Base64 qw(decode_base64 encode_base64);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

my $old = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
my $new = 'whsec_' . encode_base64(join('', map { chr 200 - $_ } 1 .. 32), '');
my $receiver = start_gateway(sub { return { status => 204 } });

sub hook
{
	my (%wish) = @_;
	return service_campaign($node, adapter => 'webhook', url => $receiver->url('/hook?from=campaign'), secret => $old,
		steps => q([{"action": "crm_sync", "payload": {"note": "{{first_name}} said \"\u00e9\""}}]), people => [ { first_name => 'Ada', email => 'ada@acme.example' } ], %wish);
}

# What a receiver makes of the headers, as the specification has it.
sub signed_by
{
	my ($request, $secret) = @_;
	my ($id, $at, $signatures) = @{ $request->{headers} }{qw(webhook-id webhook-timestamp webhook-signature)};
	my $expected = hmac_sha256_base64("$id.$at.$request->{body}", decode_base64($secret =~ s/^whsec_//r));
	$expected .= '=' while length($expected) % 4;
	return scalar grep { $_ eq "v1,$expected" } split / /, $signatures;
}

sub requests_of
{
	my ($campaign) = @_;
	return grep { ref $_->{json} eq 'HASH' && $_->{json}{data}{campaign}{name} eq $campaign->{name} } $receiver->requests;
}

sub action
{
	my ($campaign) = @_;
	return "SELECT concat_ws(' ', state, reason) FROM campaign.action WHERE campaign_id = $campaign->{id}";
}

# ---- one request ---------------------------------------------------------------------------------------------

my $plain = hook();
ok(poll_until($node, ends_of($plain), "$plain->{name}-1 success success", 30), 'a receiver is told');
my ($request) = requests_of($plain);
is($request->{method} . ' ' . $request->{path} . ' ' . $request->{query}{from}, 'POST /hook campaign', 'at its address, as it is');
is($request->{headers}{'content-type'}, 'application/json', 'by JSON');
ok(signed_by($request, $old), 'signed by the secret');
ok(!signed_by($request, $new), 'and by no other');
ok(!signed_by({ %$request, body => $request->{body} . ' ' }, $old), 'the body is covered');
like($request->{headers}{'webhook-id'}, qr/^[0-9a-f]{32}$/, 'the id has no dot');
ok(abs($request->{headers}{'webhook-timestamp'} - $request->{at}) < 60, 'the time is that of the attempt');
my $body = $request->{json};
is($body->{type}, 'campaign.crm_sync', 'the type is the kind of action');
like($body->{timestamp}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'the timestamp is of ISO 8601');
is_deeply([ sort keys %{ $body->{data} } ], [qw(action_id campaign content key kind prospect sender)], 'the data are the document');
is($body->{data}{content}{note}, "Ada said \"\x{e9}\"", 'with the texts, in UTF-8');
is($body->{data}{prospect}{email}, 'ada@acme.example', 'and whom it is about');
ok(length $request->{body} < 20_000, 'in less than 20 kB');

# ---- secrets in change -----------------------------------------------------------------------------------------

my $changing = hook(secret => "$new $old");
ok(poll_until($node, ends_of($changing), "$changing->{name}-1 success success", 30), 'while secrets change');
($request) = requests_of($changing);
is(join(' ', map { signed_by($request, $_) } $new, $old), '1 1', 'receivers that know either believe it');
is(scalar(split / /, $request->{headers}{'webhook-signature'}), 2, 'by two signatures');

my $nothing = hook(steps => q([{"delay": "2 seconds"}, {"crm_sync": {}}]), options => { retries => 2 });
$node->safe_psql('postgres', "SELECT campaign.set_secret('$nothing->{name}', 'Bearer xyz')");
ok(poll_until($node, ends_of($nothing), "$nothing->{name}-1 error delivery_failed", 30), 'with a secret that is none');
is(scalar(requests_of($nothing)), 0, 'nothing leaves unsigned');

# ---- attempts -----------------------------------------------------------------------------------------------------

$receiver->next_answer({ status => 500 }, { status => 404, body => 'no' }, { cut => 1, after => 1 }, { status => 302, headers => { Location => $receiver->url('/elsewhere') } },
	{ status => 301, headers => { Location => $receiver->url('/elsewhere') } }, { status => 307, headers => { Location => $receiver->url('/elsewhere') } });
my $again = hook(options => { retry_first_ms => 1100, retry_cap_ms => 1100 });
ok(poll_until($node, ends_of($again), "$again->{name}-1 success success", 60), 'what is not 2xx is a failure, and tried again');
my @attempts = requests_of($again);
is(scalar @attempts, 7, 'seven times');
is(scalar(grep { $_->{headers}{'webhook-id'} ne $attempts[0]{headers}{'webhook-id'} || $_->{body} ne $attempts[0]{body} } @attempts), 0, 'with one id and the same bytes');
my @times = map { $_->{headers}{'webhook-timestamp'} } @attempts;
is(join(' ', @times), join(' ', sort @times), 'each at its own time');
isnt($times[0], $times[-1], 'which goes on');
is(scalar(grep { !signed_by($_, $old) } @attempts), 0, 'and signed for that');
is(scalar(my @elsewhere = $receiver->requests(path => '/elsewhere')), 0, 'redirects are not followed');

$receiver->next_answer({ hang => 1 });
my $late = hook(options => { timeout_ms => 1000 });
ok(poll_until($node, ends_of($late), "$late->{name}-1 success success", 30), 'no answer in time: it is tried again');

$receiver->next_answer({ status => 400, times => 3 });
my $failed = hook(options => { retries => 3 });
ok(poll_until($node, ends_of($failed), "$failed->{name}-1 error delivery_failed", 30), 'and given up after so many attempts');

# ---- a receiver that is gone ------------------------------------------------------------------------------------

$receiver->next_answer({ status => 410 });
my $gone = hook(people => [ map { { first_name => $_ } } qw(Ada Ben) ]);
ok(poll_until($node, "SELECT session_state FROM campaign.account WHERE id = $gone->{account}", 'disconnected', 20), '410 takes the receiver out of use');
ok(poll_until($node, "SELECT count(*) FROM campaign.alerts WHERE campaign_id = $gone->{id} AND closed_at IS NULL", '1', 30), 'an alert says so');
is($node->safe_psql('postgres', "SELECT session_code FROM campaign.account WHERE id = $gone->{account}"), 'gone', 'and why');
$node->safe_psql('postgres', "UPDATE campaign.account SET session_state = 'connected' WHERE id = $gone->{account}");
ok(poll_until($node, ends_of($gone), "$gone->{name}-1 success success, $gone->{name}-2 success success", 30), 'connected again all is told');

# ---- limits -------------------------------------------------------------------------------------------------------

for my $status (429, 502, 504)
{
	$receiver->next_answer({ status => $status, headers => { 'Retry-After' => 120 } });
	my $limited = hook();
	ok(poll_until($node, "SELECT closed_until BETWEEN now() + interval '100 seconds' AND now() + interval '120 seconds' FROM campaign.lane WHERE account_id = $limited->{account}", 't', 20),
		"$status: nothing more for as long as it asks for");
	is($node->safe_psql('postgres', action($limited)), 'queued', 'and what was to be told waits');
}
$receiver->next_answer({ status => 429 });
my $short = hook();
ok(poll_until($node, "SELECT closed_until BETWEEN now() + interval '20 seconds' AND now() + interval '30 seconds' FROM campaign.lane WHERE account_id = $short->{account}", 't', 20), 'or half a minute');

# ---- answers that are none: what counts is the status --------------------------------------------------------------

my %hostile = (
	'ten megabytes' => { status => 200, body => 'x', blanks => 10_000_000 },
	'deep nesting' => { status => 200, deep => 100_000 },
	'bytes that are no text' => { status => 200, hex => 'fffe80' },
);
for my $what (sort keys %hostile)
{
	$receiver->next_answer($hostile{$what});
	my $campaign = hook();
	ok(poll_until($node, ends_of($campaign), "$campaign->{name}-1 success success", 30), "$what with 200 is a yes");
	is(scalar(my @once = requests_of($campaign)), 1, 'and heard once');
}

# ---- Zapier and Make -----------------------------------------------------------------------------------------------

$receiver->next_answer({ path => '/hooks/catch/', status => 500, times => 2 }, { path => '/hooks/catch/', status => 200, json => { status => 'success' } });
my $zap = hook(adapter => 'zapier', url => $receiver->url('/hooks/catch/1/def/'), secret => undef);
ok(poll_until($node, ends_of($zap), "$zap->{name}-1 success success", 20), 'Zapier is told');
($request) = requests_of($zap);
ok(!exists $request->{headers}{'webhook-signature'}, 'without a signature, which it would not look at');
is($request->{json}{data}{key}, $request->{headers}{'idempotency-key'}, 'with the key in the data, for a Zap to go by');
$receiver->next_answer({ status => 429 });
my $zap_limited = hook(adapter => 'zapier', url => $receiver->url('/hooks/catch/1/ghi/'), secret => undef);
ok(poll_until($node, "SELECT closed_until > now() + interval '50 seconds' FROM campaign.lane WHERE account_id = $zap_limited->{account}", 't', 20), 'its limit is kept');

$receiver->next_answer({ path => '/token', status => 200, body => 'Accepted' });
my $make = hook(adapter => 'make', url => $receiver->url('/token'), secret => undef);
ok(poll_until($node, ends_of($make), "$make->{name}-1 success success", 20), 'Make is told');
for my $limit ([ 429, 10 ], [ 400, 60 ])
{
	$receiver->next_answer({ status => $limit->[0], body => 'Queue is full.' });
	my $campaign = hook(adapter => 'make', url => $receiver->url('/token'), secret => undef);
	ok(poll_until($node, "SELECT closed_until BETWEEN now() + interval '$limit->[1] seconds' - interval '9 seconds' AND now() + interval '$limit->[1] seconds' FROM campaign.lane WHERE account_id = $campaign->{account}", 't', 20),
		"$limit->[0] of Make closes the lane for $limit->[1] seconds");
}
$receiver->next_answer({ status => 410, body => 'gone' });
my $removed = hook(adapter => 'make', url => $receiver->url('/token'), secret => undef);
ok(poll_until($node, "SELECT session_state FROM campaign.account WHERE id = $removed->{account}", 'disconnected', 20), 'a hook that was removed is out of use');

is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'nobody is stuck (B5)');
my $log = slurp_file($node->logfile);
is(scalar(grep { index($log, substr $_, 6) >= 0 } $old, $new), 0, 'no secret is in the log of the server');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.exchange x WHERE x::text LIKE '%whsec%' OR x::text LIKE '%v1,%'"), '0', 'nor with what is kept of requests, nor a signature');

$receiver->stop;
$node->stop;
done_testing();
