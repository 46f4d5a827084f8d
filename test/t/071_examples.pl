# The programs and queries of docs/examples: listeners that miss no event and hear none twice, a receiver of callbacks, a dashboard
# whose queries run, and figures that Prometheus takes.
# Runs beside others.
use strict;
use warnings;

use CampaignTest;
use Digest::SHA qw(hmac_sha256_base64);
use HTTP::Tiny;
use IPC::Run ();
use JSON::PP;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.safety_poll' => '5s', jit => 'off');
$node->safe_psql('postgres', q{
	CREATE EXTENSION campaign;
	CREATE ROLE listener LOGIN;
	CREATE SCHEMA listener AUTHORIZATION listener;
	SELECT campaign.grant_access('listener', 'default', 'viewer');
	CREATE ROLE receiver LOGIN;
	SELECT campaign.grant_access('receiver', 'default', 'callback');
	SELECT campaign.set_secret('ingest_standard', 'whsec_' || encode('a secret of some length', 'base64'));
	INSERT INTO campaign.member (name) VALUES ('Ann');
	INSERT INTO campaign.account (member_id, channel_id, address) SELECT id, 1, 'ann' FROM campaign.member;
	INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || n, 'p' || n || '@example.com' FROM generate_series(1, 500) n;
	SELECT campaign.create_sequence('one', '[{"visit": {}}, {"wait": {"until": "clicked", "within": "9 days", "else": "failure"}}]');
	SELECT campaign.launch(campaign.create_campaign('Spring', 'one', (SELECT id FROM campaign.member), ARRAY[campaign.account_id('ann')]));
});

my $folder = PostgreSQL::Test::Utils::tempdir();
my $next = 1;

# Takes in so many more, each in a transaction of its own.
sub enroll
{
	my ($n) = @_;
	$node->safe_psql('postgres', join "\n", map { "SELECT count(*) FROM campaign.enroll(campaign.campaign_id('Spring'), ARRAY[campaign.prospect_id('p$_')]);" } $next .. $next + $n - 1);
	$next += $n;
}

sub environment
{
	my ($role) = @_;
	return (PGHOST => $node->host, PGPORT => $node->port, PGUSER => $role, PGDATABASE => 'postgres');
}

# A program that goes on until it is ended.
sub start
{
	my ($role, $output, @command) = @_;
	local %ENV = (%ENV, environment($role));
	return IPC::Run::start(\@command, '<', \undef, '>', $output, '2>', "$output.errors");
}

sub says
{
	my ($output, $pattern) = @_;
	return wait_until(sub { -f $output && slurp_file($output) =~ $pattern }, 20);
}

# ---- listeners -------------------------------------------------------------------------------------------------

# Events in the order of their commits, beside what a listener has heard, in the order in which it did.
sub heard
{
	my ($name) = @_;
	return poll_until($node, qq{
		SELECT (SELECT array_agg(e.position ORDER BY e.n) FROM campaign.events_since(NULL, 100000) WITH ORDINALITY AS e (position, id, kind, c, p, r, a, s, at, actor, detail, n))
			= (SELECT array_agg(h.position ORDER BY h.n) FROM listener.listener_heard h WHERE h.listener = '$name')}, 't', 40);
}

sub try_listener
{
	my ($name, @command) = @_;
	my $program = start('listener', "$folder/$name", @command, $name);
	ok(says("$folder/$name", qr/listening/), "$name listens") or diag(slurp_file("$folder/$name.errors"));
	enroll(15);
	ok(heard($name), 'it has heard all that happened, each once and in the order of the commits');
	$node->restart;
	enroll(15);
	ok(heard($name), 'a restart of the server costs it nothing');
	$program->kill_kill(grace => 0);
	enroll(15);
	$program = start('listener', "$folder/$name", @command, $name);
	enroll(5);
	ok(heard($name), 'nor does its own end: it goes on where it was');
	$program->kill_kill;
}

my ($flags) = `pkg-config --cflags --libs libpq` =~ /(.*)/;
is(system("cc -std=gnu11 -Wall -Wextra -Werror -o '$folder/listener_c' docs/examples/listener.c $flags"), 0, 'the listener in C compiles without a warning');
try_listener('in_c', "$folder/listener_c");

SKIP:
{
	# Debian's modules, or those that make examples-check has fetched
	local $ENV{NODE_PATH} = join ':', grep { defined } $ENV{CAMPAIGN_NODE}, '/usr/share/nodejs';
	skip 'no Node.js with pg: make examples-check fetches it', 4
		if system(q{node -e 'require("pg")' >/dev/null 2>&1}) != 0;
	try_listener('in_node', 'node', 'docs/examples/listener.js');
}

# ---- how far a long call is, as anybody sees it --------------------------------------------------------------------

{
	my $rehearsal = start('postgres', "$folder/rehearsal", 'psql', '-XAt', '-c',
		q{SELECT count(*) FROM generate_series(1, 1000) n CROSS JOIN LATERAL campaign.dry_run(campaign.campaign_id('Spring'), ARRAY(SELECT id FROM campaign.prospect WHERE n > 0), '30 days')});
	ok(poll_until($node, q{SELECT what, phase, total FROM campaign.progress WHERE phase <> ''}, 'rehearse|living through|2592000'), 'a dry run shows how far it is');
	ok(poll_until($node, 'SELECT count(pg_cancel_backend(pid)) FROM campaign.progress', 1), 'it can be cancelled by what is shown');
	ok(poll_until($node, 'SELECT count(*) FROM campaign.progress', 0), 'and not when it was cancelled');
	eval { $rehearsal->finish };
}

# ---- the receiver ----------------------------------------------------------------------------------------------

my $receiver = start('receiver', "$folder/receiver", '/usr/bin/python3', 'docs/examples/receiver.py', '--port', 0);
ok(says("$folder/receiver", qr/listening on port \d+/), 'the receiver listens') or diag(slurp_file("$folder/receiver.errors"));
my ($port) = slurp_file("$folder/receiver") =~ /port (\d+)/;
my $http = HTTP::Tiny->new(timeout => 20);

# Reports as Standard Webhooks have it; the status.
sub report
{
	my ($id, $body, $secret) = @_;
	my $at = time;
	my $signature = hmac_sha256_base64("$id.$at.$body", $secret // 'a secret of some length');
	$signature .= '=' while length($signature) % 4;
	my $answer = $http->post("http://127.0.0.1:$port/ingest/standard", { content => $body,
			headers => { 'webhook-id' => $id, 'webhook-timestamp' => $at, 'webhook-signature' => "v1,$signature", 'content-type' => 'application/json' } });
	return "$answer->{status} $answer->{content}";
}

my $clicked = '{"type": "clicked", "timestamp": "' . $node->safe_psql('postgres', q{SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')}) . '", "data": {"external_id": "p1"}}';
is(report('m1', $clicked), "200 1 new\n", 'a report is taken');
is(report('m1', $clicked), "200 0 new\n", 'and nothing the second time');
ok(poll_until($node, q{SELECT end_kind FROM campaign.prospect_status WHERE external_id = 'p1'}, 'success'), 'a run goes on by it');
is(report('m2', $clicked, 'another secret'), "401 refused\n", 'what is not signed as it should is refused');
is($http->post("http://127.0.0.1:$port/ingest/nobody", { content => '{}' })->{status}, 400, 'so is a provider that nobody knows');
is($http->get("http://127.0.0.1:$port/ingest/standard")->{status}, 404, 'a report is a POST');

$node->safe_psql('postgres', q{
	INSERT INTO campaign.channel (name, transport, options) VALUES ('mails', 'outbox', '{"classes": ["email"], "unsubscribe_url": "https://example.org/u/{token}"}');
	INSERT INTO campaign.account (member_id, channel_id, address) SELECT m.id, c.id, 'ann@example.org' FROM campaign.member m, campaign.channel c WHERE c.name = 'mails';
	SELECT campaign.create_sequence('mail', '[{"email": {"subject": "Hello", "body": "No more? {{unsubscribe_url}}"}}]');
	SELECT campaign.launch(campaign.create_campaign('Mail', 'mail', (SELECT id FROM campaign.member), ARRAY[campaign.account_id('ann@example.org')], settings => '{"exclusivity": "none"}'));
	SELECT count(*) FROM campaign.enroll(campaign.campaign_id('Mail'), ARRAY[campaign.prospect_id('p400')]);
});
ok(poll_until($node, q{SELECT count(*) FROM campaign.outbox WHERE action_kind = 'email'}, 1), 'a mail has left');
my $token = $node->safe_psql('postgres', q{SELECT substring(content -> 'mail' ->> 'unsubscribe_url' FROM '/u/(.*)') FROM campaign.outbox WHERE action_kind = 'email'});
my $link = "http://127.0.0.1:$port/unsubscribe?t=$token";
like($http->get($link)->{content}, qr/<button>/, 'the link of a mail gives a page with a button');
my $stopped = q{SELECT count(*) FROM campaign.suppression WHERE kind = 'email' AND value = 'p400@example.com'};
is($node->safe_psql('postgres', $stopped), 0, 'which opts nobody out yet');
is($http->post($link, { content => 'List-Unsubscribe=One-Click' })->{status}, 200, 'a POST does');
is($node->safe_psql('postgres', $stopped), 1, 'at once');
is($http->post("http://127.0.0.1:$port/unsubscribe?t=x", { content => '' })->{status}, 400, 'a link that was not made here does nothing');
$node->stop('fast');
like(report('m3', $clicked), qr/^503/, 'while the database is away, whoever reports is to come again');
$node->start;
is(report('m3', $clicked), "200 1 new\n", 'and then it is taken');
$receiver->kill_kill;

# ---- the dashboard ----------------------------------------------------------------------------------------------

my $dashboard = decode_json(slurp_file('docs/examples/grafana.json'));
my @queries = ((map { [ $_->{name}, $_->{query} ] } grep { $_->{type} eq 'query' } @{ $dashboard->{templating}{list} }),
	map { my $panel = $_; map { [ $panel->{title}, $_->{rawSql} ] } @{ $panel->{targets} } } @{ $dashboard->{panels} });
cmp_ok(scalar @queries, '>', 10, 'the dashboard has panels');
for my $query (@queries)
{
	my ($title, $sql) = @$query;
	# as Grafana writes them
	$sql =~ s/\$__timeFilter\((\w+)\)/$1 BETWEEN now() - interval '30 days' AND now() + interval '1 day'/g;
	$sql =~ s/\$campaign/SELECT campaign_id FROM campaign.overview/g;
	my ($out, $error);
	is($node->psql('postgres', $sql, stdout => \$out, stderr => \$error, extra_params => [ '-U', 'listener' ]), 0, "its panel \"$title\" gets an answer, as a viewer") or diag($error);
}

# ---- figures ------------------------------------------------------------------------------------------------------

SKIP:
{
	skip 'no promtool', 1 if !grep { -x "$_/promtool" } split /:/, $ENV{PATH};
	my $text = $node->safe_psql('postgres', 'SELECT campaign.metrics_text()') . "\n";
	my ($out, $error);
	ok(IPC::Run::run([qw(promtool check metrics)], '<', \$text, '>', \$out, '2>', \$error), 'Prometheus finds no fault with the figures') or diag("$out$error");
}

done_testing();
