# Results that come later: a gateway that answers 202 is waited for without taking a place, over the end
# of its dispatcher, until somebody reports or the time is up (S4.4). Keys that the gateway knows no
# more are not used again, and an action with which dispatchers keep dying is set aside (B6).
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What follows comes from wake-ups and due times: the safety poll is too far away to help.
my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $sink = start_sink();
my $knowing = start_sink('--idempotent');
except(I4 => 'some of these gateways know no keys, though their channels say that they do');

sub ends
{
	my ($campaign) = @_;
	return "SELECT string_agg(concat_ws(' ', end_kind, code, n), ', ' ORDER BY end_kind, code) FROM (SELECT end_kind, code, count(*) AS n"
		. " FROM campaign.enrollment WHERE campaign_id = $campaign GROUP BY 1, 2) e";
}

sub awaited
{
	my ($campaign) = @_;
	return "SELECT count(*) FROM campaign.queue WHERE campaign_id = $campaign AND reason = 'awaiting_report'";
}

sub end_dispatcher
{
	my $pid = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = 'dispatcher'");
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	return poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE kind = 'dispatcher' AND pid <> $pid AND status = 'idle'", '1', 30);
}

# ---- 202, until somebody reports ---------------------------------------------------------------------

my $pending = run_campaign($node, count => 20, url => $sink->url('/accepted'), options => { places => 2 });
ok(poll_until($node, awaited($pending), '20', 30), 'twenty are awaited, though the channel has two places');
ok(end_dispatcher(), 'the dispatcher ends and comes back');
is($node->safe_psql('postgres', awaited($pending)), '20', 'they are awaited still, and nobody calls them unknown');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.stuck"), '0', 'and nobody is stuck (B5)');

my @outcomes = (('complete') x 10, ('rejected') x 5, ('failed') x 5);
my @ids = split /\n/, $node->safe_psql('postgres', "SELECT action_id FROM campaign.queue WHERE campaign_id = $pending ORDER BY 1");
$node->safe_psql('postgres', join '', map { "SELECT campaign.report($ids[$_], '$outcomes[$_]');" } 0 .. 19);
ok(poll_until($node, ends($pending), 'error delivery_failed 5, error rejected 5, success success 10', 20),
	'each ends as was reported');
is(scalar $sink->requests, 20, 'each request was made once');

# ---- 202, and nobody reports ----------------------------------------------------------------------------

my $silent = run_campaign($node, count => 3, url => $sink->url('/accepted'), options => { pending_expires => '1 second' });
ok(poll_until($node, ends($silent), 'error expired 3', 20), 'what nobody reports on expires in time');

# ---- 202, and the gateway is asked -----------------------------------------------------------------------

sub asked
{
	my ($says) = @_;
	return run_campaign($node, count => 2, url => $sink->url('/accepted?' . $says),
		options => { poll_every => '1 second', status_url => $sink->url("/result?is=$says&after=1&key={key}") });
}
my %asked = map { $_ => asked($_) } qw(complete rejected nonsense);
ok(poll_until($node, ends($asked{complete}), 'success success 2', 20), 'what the gateway says is done is done');
ok(poll_until($node, ends($asked{rejected}), 'error rejected 2', 20), 'and rejected, if it says so');
my %polls;
$polls{ $_->{path} }++ for grep { $_->{method} eq 'GET' && $_->{path} =~ /is=(complete|rejected)/ } $sink->requests;
is(join(' ', values %polls), '2 2 2 2', 'each was asked for until the answer came, and no more');
ok(wait_until(sub { 6 <= grep { $_->{method} eq 'GET' && $_->{path} =~ /nonsense/ } $sink->requests }, 20), 'an answer without a sense is asked for again');
is($node->safe_psql('postgres', awaited($asked{nonsense})), '2', 'and settles nothing');
ok(end_dispatcher(), 'the dispatcher ends and comes back');
my $heard = grep { $_->{path} =~ /nonsense/ } $sink->requests;
ok(wait_until(sub { $heard + 4 <= grep { $_->{path} =~ /nonsense/ } $sink->requests }, 20), 'and goes on asking');
is($node->safe_psql('postgres', awaited($asked{nonsense})), '2', 'with nothing called unknown');
is(scalar(grep { $_->{method} eq 'POST' && $_->{path} =~ /complete|rejected|nonsense/ } $sink->requests), 6, 'each was sent once');

# ---- A retry that the gateway asks for --------------------------------------------------------------------

my $again = run_campaign($node, url => $knowing->url('/accepted?again'), options => { idempotent => 1, retry_first_ms => 50 });
ok(poll_until($node, awaited($again), '1', 20), 'one is awaited');
is($node->safe_psql('postgres', "SELECT campaign.report(action_id, 'retry') FROM campaign.queue WHERE campaign_id = $again"), 't', 'and to be tried again');
ok(poll_until($node, "SELECT state, attempt FROM campaign.action WHERE campaign_id = $again", 'processing|2', 20), 'it is');
ok(poll_until($node, awaited($again), '1', 20), 'and is awaited again');
my @requests = grep { $_->{path} =~ /again/ } $knowing->requests;
is(scalar(@requests) . ' ' . ($requests[0]{key} eq $requests[1]{key}), '2 1', 'under the same key');

# ---- Keys that are known no more ----------------------------------------------------------------------------

my $old = run_campaign($node, url => $sink->url('/close-before'),
	options => { idempotent => 1, idempotency_ttl => '1 second', retry_first_ms => 400, retry_cap_ms => 400 });
ok(poll_until($node, "SELECT state, reason, attempt BETWEEN 2 AND 4 FROM campaign.action WHERE campaign_id = $old", 'held|unknown_outcome|t', 20),
	'an ambiguous attempt is repeated as long as the gateway knows the key, and no longer');
my $first = $node->safe_psql('postgres', "SELECT key FROM campaign.action WHERE campaign_id = $old");
$node->safe_psql('postgres', "SELECT campaign.resolve(action_id, 'resend') FROM campaign.unknown_outcomes WHERE campaign_id = $old");
ok(poll_until($node, "SELECT reason, occurrence, key <> '$first' FROM campaign.action WHERE campaign_id = $old", 'unknown_outcome|2|t', 20),
	'sent again by decision it has a new key, and is unknown again');
$node->safe_psql('postgres', "SELECT campaign.resolve(action_id, 'assume_sent') FROM campaign.unknown_outcomes WHERE campaign_id = $old");
ok(poll_until($node, ends($old), 'success success 1', 20), 'taken for sent, its run goes on');

# ---- Three dispatchers die with it --------------------------------------------------------------------------

my $deadly = run_campaign($node, url => $sink->url('/hang?deadly'), options => { idempotent => 1, retry_first_ms => 50 });
for my $death (1 .. 3)
{
	ok(poll_until($node, "SELECT state, attempt FROM campaign.action WHERE campaign_id = $deadly", "processing|$death", 20), "attempt $death is under way");
	end_dispatcher();
}
ok(poll_until($node, "SELECT code FROM campaign.alerts WHERE campaign_id = $deadly", 'quarantined', 20), 'then it is set aside, and an alert says so');
is($node->safe_psql('postgres', "SELECT campaign.requeue(ARRAY[action_id]) FROM campaign.alerts WHERE campaign_id = $deadly"), '1', 'a person lets it go');
ok(poll_until($node, "SELECT state, attempt, crashes FROM campaign.action WHERE campaign_id = $deadly", 'processing|4|0', 20), 'and it is tried again');
$node->safe_psql('postgres', "SELECT campaign.report(id, 'complete') FROM campaign.action WHERE campaign_id = $deadly");
ok(poll_until($node, ends($deadly), 'success success 1', 20), 'a report settles it even while a request is under way');

# ---- A start that fails by itself ------------------------------------------------------------------------------

$node->safe_psql('postgres', q(ALTER TABLE campaign.action ADD CONSTRAINT poison CHECK (content #>> '{prospect,external_id}' NOT LIKE '%-7') NOT VALID));
my $poisoned = run_campaign($node, count => 12, url => $sink->url('/ok?poison'));
ok(poll_until($node, "SELECT count(*) FROM campaign.enrollment WHERE campaign_id = $poisoned AND end_kind = 'success'", '11', 30), 'a poisonous one stops nobody else');
is($node->safe_psql('postgres', "SELECT code, message LIKE '23514: %' FROM campaign.alerts WHERE campaign_id = $poisoned"), 'internal_error|t', 'it is held, with the reason');
is(scalar(grep { $_->{path} =~ /poison/ } $sink->requests), 11, 'nothing of it has left');

# ---- An outcome that cannot be written down -----------------------------------------------------------------------

$node->safe_psql('postgres', q(ALTER TABLE campaign.action DROP CONSTRAINT poison, ADD CONSTRAINT unspeakable CHECK (state <> 'complete' OR content #>> '{prospect,external_id}' NOT LIKE '%-9') NOT VALID));
my $unspeakable = run_campaign($node, count => 12, url => $sink->url('/ok?unspeakable'));
ok(poll_until($node, "SELECT count(*) FROM campaign.enrollment WHERE campaign_id = $unspeakable AND end_kind = 'success'", '11', 30), 'it keeps no other from being recorded');
ok(poll_until($node, "SELECT code, message LIKE '23514: %' FROM campaign.alerts WHERE campaign_id = $unspeakable", 'unknown_outcome|t', 20), 'it is held as unknown, with the reason');
is(scalar(grep { $_->{path} =~ /unspeakable/ } $sink->requests), 12, 'each request was made once');

$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|exited with exit code [^01]/, 'nothing crashed');
done_testing();
