# Slots under the workers: what waits for one leaves when it begins, by the lane's own time, and when a
# slot is written that has begun; a slot that is over keeps the rest. Nobody waits for the safety poll.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

# A zone in which it is about noon, so that midnight is far from all that happens here.
my $hour = $node->safe_psql('postgres', "SELECT extract(hour FROM now() AT TIME ZONE 'UTC')::int");
my $zone = sprintf 'Etc/GMT%+d', $hour - 12;
my $local = "now() AT TIME ZONE '$zone'";

$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.member (id, name) VALUES (901, 'Anna');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (901, 901, 1, 'anna');
INSERT INTO campaign.prospect (id, external_id) SELECT 900 + i, 'p' || i FROM generate_series(1, 30) i;
SELECT campaign.create_sequence('Visit', '[{"visit": {}}]');
SQL

# A live campaign that sends on the other days of the week only, unless more is said.
sub campaign_in_slots
{
	my ($name) = @_;
	return $node->safe_psql('postgres', <<"SQL");
SELECT campaign.create_campaign('$name', 'Visit', 901, ARRAY[901], settings => '{"time_zone": "$zone", "exclusivity": "none"}') AS c \\gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends)
    SELECT :c, d, '09:00', '17:00' FROM generate_series(1, 7) d WHERE d <> extract(isodow FROM $local) \\g /dev/null
SELECT campaign.launch(:c) \\g /dev/null
SELECT :c;
SQL
}

sub sent
{
	my ($campaign) = @_;
	return "SELECT count(*) FROM campaign.action WHERE campaign_id = $campaign AND state = 'complete'";
}

sub queued
{
	my ($campaign) = @_;
	return "SELECT count(*) FROM campaign.queue WHERE campaign_id = $campaign AND state = 'queued' AND not_before > now()";
}

# ---- a slot begins ---------------------------------------------------------------------------------------

my $begins = campaign_in_slots('Begins');
$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends)
    VALUES ($begins, extract(isodow FROM $local), ($local)::time + interval '5 seconds', ($local)::time + interval '2 hours');
SELECT count(*) FROM campaign.enroll($begins, ARRAY(SELECT id FROM campaign.prospect));
SQL
ok(poll_until($node, sent($begins), '30', 30), 'all leave in the slot that begins');
is( $node->safe_psql('postgres', <<"SQL"), 't|t', 'and none before it');
SELECT bool_and((a.executed_at AT TIME ZONE '$zone')::time >= s.starts), bool_and(a.queued_at < a.executed_at)
FROM campaign.action a, campaign.slot s
WHERE a.campaign_id = $begins AND s.campaign_id = $begins AND s.weekday = extract(isodow FROM $local)
SQL

# ---- a slot is written that has begun ----------------------------------------------------------------------

my $written = campaign_in_slots('Written');
$node->safe_psql('postgres', "SELECT count(*) FROM campaign.enroll($written, ARRAY(SELECT id FROM campaign.prospect))");
ok(poll_until($node, queued($written), '30', 30), 'all wait for the slot of another day');
is($node->safe_psql('postgres', sent($written)), '0', 'and none is sent');
$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends)
    VALUES ($written, extract(isodow FROM $local), ($local)::time - interval '1 hour', ($local)::time + interval '2 hours');
SQL
ok(poll_until($node, sent($written), '30', 30), 'all leave once it is written that it is now');

# ---- a slot is over ------------------------------------------------------------------------------------------

my $over = campaign_in_slots('Over');
$node->safe_psql('postgres', <<"SQL");
UPDATE campaign.account SET pace = '1 second', pace_jitter = '0';
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends)
    VALUES ($over, extract(isodow FROM $local), ($local)::time - interval '1 hour', ($local)::time + interval '5 seconds');
SELECT count(*) FROM campaign.enroll($over, ARRAY(SELECT id FROM campaign.prospect));
SQL
ok(poll_until($node, "SELECT count(*) FROM campaign.lane WHERE ready_at > now() + interval '1 hour'", '1', 60),
	'when it is over, the lane sleeps until another day');
is( $node->safe_psql('postgres', <<"SQL"), 't|t|30', 'what left did so before it was over, and the rest waits');
SELECT bool_and((a.executed_at AT TIME ZONE '$zone')::time < s.ends), count(*) FILTER (WHERE a.executed_at IS NOT NULL) BETWEEN 1 AND 10,
    count(*) FILTER (WHERE a.executed_at IS NOT NULL OR a.reason = 'slot' AND a.not_before > now() + interval '1 hour')
FROM campaign.action a, campaign.slot s
WHERE a.campaign_id = $over AND s.campaign_id = $over AND s.weekday = extract(isodow FROM $local)
SQL
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'nobody is stuck (B5)');

done_testing();
