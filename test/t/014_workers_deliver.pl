# Workers move campaigns by themselves: into the outbox, over HTTP, after delays, and across the end
# of a dispatcher that has requests on their way.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What follows comes from wake-ups and due times: the safety poll is too far away to help.
my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $sink = start_sink();
my $idempotent_sink = start_sink('--idempotent');

my $channels = 0;

# A live campaign with $n prospects enrolled, whose actions leave by a channel of these columns.
sub run_campaign
{
	my ($n, $steps, $channel) = @_;
	my $name = 'c' . ++$channels;
	return $node->safe_psql('postgres', <<"SQL");
\\set ON_ERROR_STOP 1
\\set QUIET 1
\\pset tuples_only on
SET client_min_messages = warning;
INSERT INTO campaign.channel (name, transport, url, options) VALUES ('$name', $channel) RETURNING id AS channel \\gset
INSERT INTO campaign.member (name) VALUES ('$name') RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
	VALUES (:member, :channel, '$name', 'test') RETURNING id AS account \\gset
INSERT INTO campaign.prospect (external_id) SELECT '$name-' || i FROM generate_series(1, $n) i;
SELECT campaign.create_sequence('$name', '$steps') AS sequence \\gset
SELECT campaign.create_campaign('$name', '$name', :member, ARRAY[:account]::bigint[]) AS campaign \\gset
SELECT campaign.launch(:campaign) \\gset
SELECT count(*) AS enrolled FROM campaign.enroll(:campaign,
	ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE '$name-%')) \\gset
\\echo :campaign
SQL
}

sub http
{
	my ($url, $options) = @_;
	return qq('http', '$url', '{"allow_http": true, "allow_private": true, $options}');
}

# Has everybody of a campaign come through, $n in all?
sub all_succeed
{
	my ($campaign, $n, $seconds) = @_;
	return 1
		if poll_until($node,
			"SELECT count(*) FROM campaign.enrollment WHERE campaign_id = $campaign AND end_kind = 'success'",
			$n, $seconds);
	diag($node->safe_psql('postgres', $_)) for (
		"SELECT 'actions', state, reason, min(outcome::text), count(*) FROM campaign.action WHERE campaign_id = $campaign GROUP BY 2, 3",
		"SELECT 'runs', status, code, held_detail, min(due_at), count(*) FROM campaign.enrollment WHERE campaign_id = $campaign GROUP BY 2, 3, 4",
		"SELECT 'lane', l.ready_at, l.deferred_until FROM campaign.lane l",
		"SELECT 'inbox', count(*) FROM campaign.inbox",
		"SELECT kind, pid, rounds, steps, sends, errors, status FROM campaign.worker_status");
	return 0;
}

# ---- The outbox, and time -----------------------------------------------------------------------------

my $kept = run_campaign(300, '[{"visit": {}}, {"delay": "1 second"}, {"follow": {}}]', q('outbox', NULL, '{}'));
ok(all_succeed($kept, 300, 30), 'everybody has come through');
is( $node->safe_psql('postgres', 'SELECT action_kind, count(*), count(DISTINCT prospect_id) FROM campaign.outbox GROUP BY 1 ORDER BY 1'),
	"follow|300|300\nvisit|300|300", 'each action left once');
ok(poll_until($node, 'SELECT count(*) FROM campaign.batch WHERE position IS NULL', '0', 10),
	'all events are numbered');
is($node->safe_psql('postgres', "SELECT sum(errors), bool_and(steps > 0) FROM campaign.worker_status WHERE kind <> 'launcher'"),
	'0|t', 'no round failed, and both workers count what they did');

# ---- HTTP -----------------------------------------------------------------------------------------------

my $sent = run_campaign(300, '[{"visit": {}}]', http($sink->url('/ok'), '"places": 16'));
ok(all_succeed($sent, 300, 30), 'everybody has come through over HTTP');
is(scalar $sink->requests, 300, 'with one request each');

# ---- A dispatcher ends with requests on their way --------------------------------------------------------

sub end_dispatcher_while_busy
{
	my ($campaign) = @_;
	ok(poll_until($node, "SELECT count(*) > 0 FROM campaign.action WHERE campaign_id = $campaign AND state = 'processing'", 't', 10),
		'requests are on their way');
	$node->safe_psql('postgres', q(SELECT pg_terminate_backend(pid) FROM campaign.worker_status WHERE kind = 'dispatcher'));
	return;
}

my $repeated = run_campaign(40, '[{"visit": {}}]',
	http($idempotent_sink->url('/slow?ms=1500'), '"places": 16, "idempotent": true'));
end_dispatcher_while_busy($repeated);
ok(all_succeed($repeated, 40, 40), 'with an idempotent gateway all of them are repeated and done');

my $before = $sink->requests;
my $unknown = run_campaign(40, '[{"visit": {}}]', http($sink->url('/slow?ms=1500'), '"places": 16'));
end_dispatcher_while_busy($unknown);
my $states = "SELECT count(*) FILTER (WHERE state IN ('queued', 'processing')), count(*) FILTER (WHERE state = 'held') BETWEEN 1 AND 16"
	. " FROM campaign.action WHERE campaign_id = $unknown";
ok(poll_until($node, $states, '0|t', 40), 'with another gateway those on their way are held, and the others done');
is(scalar($sink->requests) - $before, 40, 'and each request was made once');

$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|exited with exit code [^01]/, 'nothing crashed');
done_testing();
