# Everything is part of the caller's transaction: what is rolled back never was, and what commits is
# announced after the commit, in the order of commits (B1, B11).
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::BackgroundPsql;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# A session in the background notes each of its statements, which hides what is tested.
{
	no warnings 'redefine';
	*PostgreSQL::Test::BackgroundPsql::note = sub { };
}

my $node = new_node();
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $sink = start_sink();

# One whose runs stay at their first step, and one that sends at once.
my $still = run_campaign($node, count => 1, url => $sink->url, steps => '[{"delay": "5 days"}, {"visit": {}}]');
my $sends = run_campaign($node, count => 1, url => $sink->url);
$node->safe_psql('postgres', "INSERT INTO campaign.prospect (external_id) SELECT 'p' || i FROM generate_series(1, 20) i");

sub at_rest
{
	return poll_until($node, left_open($still, $sends), '0', 20)
		&& poll_until($node, 'SELECT count(*) FROM campaign.batch WHERE position IS NULL', '0', 20);
}

# All state, as one text: rows of each table that enrolling could write.
sub state_of_all
{
	return $node->safe_psql('postgres', join ' UNION ALL ',
		map { "SELECT '$_', count(*), md5(string_agg(t::text, ';' ORDER BY t::text)) FROM campaign.$_ t" }
			qw(person enrollment enrollment_account action inbox counter batch event outbox usage));
}

sub enroll
{
	my ($campaign, @names) = @_;
	my $names = join ', ', map { "'$_'" } @names;
	return "SELECT count(*) FILTER (WHERE result = 'enrolled') FROM campaign.enroll($campaign,"
		. " ARRAY(SELECT id FROM campaign.prospect WHERE external_id IN ($names)))";
}

# ---- Rolled back -------------------------------------------------------------------------------------

ok(at_rest(), 'the campaigns are at rest');
my $before = state_of_all();
my $requests = $sink->requests;
my $listener = $node->background_psql('postgres');
$listener->query('LISTEN campaign; LISTEN campaign_event');

# What the listener has been told until a pattern is seen in it.
my $heard = '';
sub hear
{
	my ($pattern) = @_;
	return wait_until(sub { $heard .= $listener->query('SELECT 1 AS tick'); $heard =~ $pattern }, 10);
}

is($node->safe_psql('postgres', "BEGIN; " . enroll($sends, 'p1', 'p2') . '; ' . enroll($still, 'p3') . '; ROLLBACK'),
	"2\n1", 'three are enrolled in a transaction that is rolled back');
is(state_of_all(), $before, 'nothing is left of it (B1)');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.prospect_status WHERE external_id IN ('p1', 'p2', 'p3')"), '0',
	'and nobody sees them');

is($node->safe_psql('postgres', 'BEGIN; SAVEPOINT here; ' . enroll($sends, 'p1') . '; ROLLBACK TO here; ' . enroll($sends, 'p2') . '; COMMIT'),
	"1\n1", 'one is enrolled after a savepoint that is rolled back to');
ok(hear(qr/"ended"/), 'the end of his run is announced');
ok(at_rest(), 'the campaigns are at rest');
unlike($heard, qr/"prospect_id": "(?!@{[ $node->safe_psql('postgres', q(SELECT campaign.prospect_id('p2'))) ]}")/,
	'nothing was announced of anybody else');
is(scalar($sink->requests) - $requests, 1, 'and nothing else was sent');

# ---- Announced after the commit --------------------------------------------------------------------------

$heard = '';
my $older = $node->background_psql('postgres');
$older->query("BEGIN; SELECT campaign.pause($still)");
$node->safe_psql('postgres', enroll($still, 'p4'));
# the marker of another transaction has come through, hence a notice of the open one would have, too
$node->safe_psql('postgres', "SELECT campaign.pause($sends)");
ok(hear(qr/"paused".*"campaign_id": "$sends"/), 'a pause that committed is announced');
unlike($heard, qr/"campaign_id": "$still"/, 'one that is open still is not (B1)');
$older->query('COMMIT');
ok(hear(qr/"paused".*"campaign_id": "$still"/), 'when it has committed it is');
like($heard, qr/"campaign" with payload "\{"count": \d+\}"/, 'and the number of events is announced, too (B11)');
$node->safe_psql('postgres', "SELECT campaign.resume(c) FROM unnest(ARRAY[$still, $sends]) c");

# ---- The log in the order of commits ----------------------------------------------------------------------

sub events_since
{
	my ($cursor) = @_;
	my $after = defined $cursor ? "'$cursor'" : 'NULL';
	return map { [ split /\|/ ] } split /\n/, $node->safe_psql('postgres', <<"SQL");
SELECT e.position, p.external_id FROM campaign.events_since($after, 10000) WITH ORDINALITY e
LEFT JOIN campaign.prospect p ON p.id = e.prospect_id WHERE e.kind IN ('enrolled', 'resumed') ORDER BY ordinality
SQL
}

sub names
{
	return join ' ', map { $_->[1] // '' } @_;
}

ok(at_rest(), 'the campaigns are at rest');
my @all = events_since(undef);
my $cursor = $all[-1][0];
$older->query('BEGIN; ' . enroll($still, 'p11'));
my $middle = $node->background_psql('postgres');
$middle->query('BEGIN; ' . enroll($still, 'p12'));
$node->safe_psql('postgres', enroll($still, 'p13'));
ok(at_rest(), 'the last of three transactions commits first');
my @first = events_since($cursor);
is(names(@first), 'p13', 'its event is read, and none of those that are open');
$older->query('COMMIT');
ok(at_rest(), 'then the first');
my @second = events_since($first[-1][0]);
is(names(@second), 'p11', 'whose event comes after it: nothing is skipped');
$middle->query('COMMIT');
ok(at_rest(), 'then the middle one');
is(names(events_since($second[-1][0])), 'p12', 'and so on');
is(names(events_since($cursor)), 'p13 p11 p12', 'reading again gives the same order');
my $page = $cursor;
my @pages;
while (my ($row) = split /\n/, $node->safe_psql('postgres', "SELECT position, id FROM campaign.events_since('$page', 1)"))
{
	($page, my $id) = split /\|/, $row;
	push @pages, $id;
}
is( join("\n", @pages),
	$node->safe_psql('postgres', "SELECT id FROM campaign.events_since('$cursor')"),
	'read one by one, they are the same');

# ---- A cursor of another log ---------------------------------------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', "CREATE EXTENSION campaign; SELECT campaign.create_sequence('s', '[{\"visit\": {}}]')");
my ($status, undef, $error) = $node->psql('other', "SELECT * FROM campaign.events_since('$cursor')");
isnt($status, 0, 'a position of another log is refused');
like($error, qr/cursor_unknown/, 'as unknown');
($status, undef, $error) = $node->psql('postgres', "SELECT * FROM campaign.events_since('$cursor'::text || '9')");
like($error, qr/cursor_unknown/, 'and so is one that this log does not have');

$_->quit for $listener, $older, $middle;
$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|WARNING:|exited with exit code [^01]/, 'nothing crashed or complained');
done_testing();
