# campaign.dispatchers = 0 stops everything that leaves, however much is ready, and loses nothing.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node();
my $sink = start_sink();
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

my $url = $sink->url('/slow?ms=50');
$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.channel (name, transport, url, options)
	VALUES ('slow', 'http', '$url', '{"allow_http": true, "allow_private": true}') RETURNING id AS channel \\gset
INSERT INTO campaign.member (name) VALUES ('Ann') RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'ann') RETURNING id AS account \\gset
INSERT INTO campaign.prospect (external_id) SELECT n FROM generate_series(1, 1000) n;
SELECT campaign.create_sequence('visit', '[{"visit": {}}]');
SELECT campaign.create_campaign('Visits', 'visit', :member, ARRAY[:account]) AS visits \\gset
SELECT campaign.launch(:visits);
SELECT count(*) FROM campaign.enroll(:visits, ARRAY(SELECT id FROM campaign.prospect));
SQL
my $queued = "SELECT count(*) FROM campaign.queue WHERE state = 'queued'";
my $dispatcher = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'campaign dispatcher'";

ok(wait_until(sub { scalar($sink->requests) > 50 }), 'requests are on their way');
$node->safe_psql('postgres', 'ALTER SYSTEM SET campaign.dispatchers = 0');
$node->reload;
ok(poll_until($node, $dispatcher, '0', 10), 'the dispatcher leaves');
my $left = $node->safe_psql('postgres', $queued);
cmp_ok($left, '>', 0, "with $left actions still in the queue");
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.queue WHERE state <> 'queued'"), '0',
	'and the outcome of each request recorded');
is(scalar($sink->requests), 1000 - $left, 'nothing else was sent');

$node->safe_psql('postgres', 'ALTER SYSTEM RESET campaign.dispatchers');
$node->reload;
ok(poll_until($node, $queued, '0', 40), 'when it is back it goes on');
ok(poll_until($node, "SELECT success FROM campaign.overview", '1000'), 'to the end');
my %keys = map { $_->{key} => 1 } $sink->requests;
is(scalar(keys %keys), 1000, 'each action was sent');
is(scalar($sink->requests), 1000, 'and none of them twice');

$sink->stop;
$node->stop('fast');
done_testing();
