# The cap of active runs where workers hold it (S2.24): who waits comes in with the round that ends
# another run, in one transaction, and after commands at once, without a safety poll; and the count of
# the places outlives a crash.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What follows comes from wake-ups: the safety poll is too far away to help.
my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $campaign = $node->safe_psql('postgres', <<'SQL');
\set QUIET 1
\pset tuples_only on
INSERT INTO campaign.member (name) VALUES ('Ann') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'ann') RETURNING id AS account \gset
INSERT INTO campaign.prospect (id, external_id) SELECT 2000 + i, 'p' || i FROM generate_series(1, 20) i;
SELECT campaign.create_sequence('wait', '[{"visit": {}}, {"wait": {"until": "clicked", "within": "30 days", "else": "end"}}]') AS sequence \gset
SELECT campaign.create_campaign('small', 'wait', :member, ARRAY[:account]::bigint[], settings => '{"active_cap": 3}') AS campaign \gset
SELECT campaign.launch(:campaign) \gset
\echo :campaign
SQL
my $numbers = "SELECT concat_ws(' ', active, over_cap, finished + replied) FROM campaign.overview";
my $inside = "SELECT string_agg((prospect_id - 2000)::text, ' ' ORDER BY prospect_id) FROM campaign.enrollment WHERE halt = 3 AND ended_at IS NULL";

sub sql
{
	my ($statement) = @_;
	return $node->safe_psql('postgres', $statement);
}

# The number of places taken is that of the rows, and nobody is stuck.
sub sound
{
	return sql(<<'SQL') eq 't';
SELECT (SELECT COALESCE(sum(n), 0) FROM campaign.counter WHERE kind = 'place')
    = (SELECT count(*) FROM campaign.enrollment WHERE ended_at IS NULL AND status <> 'blocked')
    AND NOT EXISTS (SELECT FROM campaign.stuck)
SQL
}

is(sql("SELECT string_agg(result, ' ' ORDER BY prospect_id) FROM campaign.enroll($campaign, ARRAY(SELECT 2000 + generate_series(1, 8)))"),
	'enrolled enrolled enrolled over_cap over_cap over_cap over_cap over_cap', 'three find a place, five wait');
ok(poll_until($node, $inside, '1 2 3', 30), 'the three begin');
is(sql('SELECT count(*) FROM campaign.outbox'), '3', 'and nobody else is visited');

# ---- ends of a round ------------------------------------------------------------------------------------

sql("SELECT campaign.record_event('replied', prospect => p) FROM unnest(ARRAY[2001, 2003]::bigint[]) p");
ok(poll_until($node, $inside, '2 4 5', 30), 'two reply, and the first two that wait come in');
is(sql(<<'SQL'), '4 1', 'in the transaction in which the others leave');
SELECT concat_ws(' ', count(*), count(DISTINCT e.xmin::text)) FROM campaign.event e WHERE e.kind IN ('ended', 'unblocked')
SQL
is(sql($numbers), '3 3 2', 'three are active, three wait');
ok(sound(), 'the places are counted right');

# ---- ends of a command, and a cap that is raised ---------------------------------------------------------

sql("SELECT campaign.remove_prospects($campaign, ARRAY[2002])");
ok(poll_until($node, $inside, '4 5 6', 30), 'one is removed, and the next comes in at once');
sql(qq(SELECT campaign.alter_campaign($campaign, settings => '{"active_cap": 4}')));
ok(poll_until($node, $inside, '4 5 6 7', 30), 'there is a place more, and it is taken at once');
my $session = $node->background_psql('postgres');
$session->query_safe('BEGIN');
$session->query_safe("SELECT campaign.remove_prospects($campaign, ARRAY[2004])");
sql("SELECT campaign.record_event('replied', prospect => 2005::bigint)");
ok(poll_until($node, $inside, '4 6 7 8', 30), 'while a command is not committed the others go on');
$session->query_safe('COMMIT');
$session->quit;
ok(poll_until($node, $inside, '6 7 8', 30), 'and when it is, its prospect is gone');
is(sql($numbers), '3 0 5', 'nobody waits any more');
is(sql("SELECT string_agg(result, ' ') FROM campaign.enroll($campaign, ARRAY[2009])"), 'enrolled', 'and there is a place');

# ---- a crash -----------------------------------------------------------------------------------------------

sql("SELECT count(*) FROM campaign.enroll($campaign, ARRAY(SELECT 2009 + generate_series(1, 5)))");
sql("SELECT campaign.record_event('replied', prospect => p) FROM unnest(ARRAY[2006, 2007]::bigint[]) p");
$node->stop('immediate');
$node->start;
ok(poll_until($node, $inside, '8 9 10 11', 60), 'after a crash those who wait come in as before');
is(sql($numbers), '4 3 7', 'four are active, three wait');
ok(sound(), 'and the places are counted right');
sql("SELECT campaign.archive($campaign)");
is(sql($numbers), '0 0 14', 'all leave an archived campaign');
ok(sound(), 'and their places with them');
$node->stop;
done_testing();
