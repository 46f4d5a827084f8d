# Sessions that nobody completes are ended by the scheduler, when they are due (S4.4).
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
my ($soon, $later, $done) = split /\n/, $node->safe_psql('postgres', q{
	\set QUIET 1
	\pset tuples_only on
	SET client_min_messages = warning;
	INSERT INTO campaign.action_kind (name, channel_class, intention, contact, options)
		VALUES ('call', 'person', 'call', 'creates', '{"expires_after": "2 seconds"}');
	INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
	SELECT campaign.create_sequence('calls', '[{"visit": {}}]') AS sequence \gset
	INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna') RETURNING id AS account \gset
	SELECT campaign.create_campaign('Calls', 'calls', :member, ARRAY[:account]::bigint[]) AS campaign \gset
	SELECT campaign.launch(:campaign) \gset
	SELECT campaign.open_session(:campaign, 'call', 'lead 1');
	SELECT campaign.open_session(:campaign, 'sign_up', 'lead 1');
	SELECT campaign.open_session(:campaign, 'call', 'lead 2') AS done \gset
	SELECT campaign.report(:done, 'processing') AS handed_on \gset
	SELECT campaign.report(:done, 'complete') AS completed \gset
	\echo :done
});
ok(poll_until($node, "SELECT status FROM campaign.sessions WHERE session_id = $soon", 'expired', 20), 'one that is due expires');
is($node->safe_psql('postgres', "SELECT completed_at - created_at >= '2 seconds' FROM campaign.sessions WHERE session_id = $soon"),
	't', 'and not before');
is($node->safe_psql('postgres', "SELECT status FROM campaign.sessions WHERE session_id = $later"), 'new', 'one that is not stays open');
is($node->safe_psql('postgres', "SELECT status FROM campaign.sessions WHERE session_id = $done"), 'complete', 'one that has ended stays as it is');
is($node->safe_psql('postgres', "SELECT errors FROM campaign.worker_status WHERE kind = 'scheduler'"), '0', 'without errors');

$node->stop('fast');
done_testing();
