# A channel whose server cannot be reached is a cause in the health of its campaigns, with an alert: it appears after
# three attempts, and goes when one gets through, or with its remedy, which also has what waits tried at once (S1.13, S1.14).
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignMail;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What follows comes from wake-ups: the safety poll is too far away to help.
my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

# A port on which nobody listens: that of a receiver that has ended.
my $gone = start_sink();
$gone->stop;

sub campaign_over
{
	my ($name, $transport, $url, $options) = @_;
	return $node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.channel (name, transport, url, options) VALUES ('$name', '$transport', '$url', '{"allow_private": true, "allow_http": true, "retries": 100, $options}') RETURNING id AS channel \\gset
INSERT INTO campaign.member (name) VALUES ('$name') RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, '$name\@example.org') RETURNING id AS account \\gset
INSERT INTO campaign.prospect (external_id, email) VALUES ('$name', '$name\@example.com');
SELECT campaign.create_sequence('$name', '[{"email": {"subject": "S", "body": "B"}}, {"delay": "9 days"}]') \\g /dev/null
SELECT campaign.create_campaign('$name', '$name', :member, ARRAY[:account]) AS campaign \\gset
SELECT campaign.launch(:campaign) \\g /dev/null
SELECT count(*) FROM campaign.enroll(:campaign, ARRAY[campaign.prospect_id('$name')]) \\g /dev/null
\\echo :campaign
SQL
}

sub causes { return "SELECT string_agg(concat_ws(' ', d ->> 'code', d ->> 'severity'), ', ') FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = $_[0]"; }
sub remedy { return $node->safe_psql('postgres', "SELECT d ->> 'remedy' FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = $_[0]"); }
sub open_alerts { return "SELECT count(*) FROM campaign.alerts WHERE campaign_id = $_[0] AND code = 'channel_unreachable' AND closed_at IS NULL"; }
sub executed { return "SELECT count(*) FROM campaign.action WHERE campaign_id = $_[0] AND state = 'complete'"; }

# ---- one that comes back by itself ------------------------------------------------------------------------------------

my $campaign = campaign_over('back', 'http', $gone->url, '"retry_first_ms": 20, "retry_cap_ms": 200');
ok(poll_until($node, causes($campaign), 'channel_unreachable error', 30), 'the cause appears');
ok(poll_until($node, open_alerts($campaign), '1', 30), 'with an alert');
like($node->safe_psql('postgres', "SELECT message FROM campaign.alerts WHERE campaign_id = $campaign"), qr/^channel "back" cannot be reached: connect/, 'that says why');
my $sink = start_sink('--port', $gone->port);
ok(poll_until($node, executed($campaign), '1', 30), 'somebody listens again, and what waited is sent');
ok(poll_until($node, causes($campaign), '', 30), 'so the cause is gone');
ok(poll_until($node, open_alerts($campaign), '0', 30), 'and the alert closed');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.channel_fault'), '0', 'nothing is left of it');

# ---- the remedy --------------------------------------------------------------------------------------------------------

# after three attempts the next one is an hour away
my $other = start_sink();
$other->stop;
$campaign = campaign_over('mended', 'http', $other->url, '"retry_first_ms": 20, "retry_cap_ms": 60');
ok(poll_until($node, causes($campaign), 'channel_unreachable error', 30), 'another one');
$node->safe_psql('postgres', q(UPDATE campaign.channel SET options = options || '{"retry_first_ms": 3600000, "retry_cap_ms": 3600000}' WHERE name = 'mended'));
ok(poll_until($node, "SELECT not_before > now() + interval '30 minutes' FROM campaign.action WHERE campaign_id = $campaign", 't', 30), 'the next attempt is far away');
$node->safe_psql('postgres', "INSERT INTO campaign.channel_fault SELECT workspace_id, id, now(), now(), 3, 'connect: refused' FROM campaign.channel WHERE name = 'mended' ON CONFLICT (workspace_id, channel_id) DO UPDATE SET failures = 3");
my $remedy = remedy($campaign);
like($remedy, qr/^UPDATE campaign\.channel SET url = '\Q@{[$other->url]}\E' WHERE id = \d+$/, 'the remedy is to write its address');
$node->safe_psql('postgres', $remedy =~ s/'[^']*'/"'" . $sink->url . "'"/er);
is($node->safe_psql('postgres', causes($campaign)), '', 'which clears the cause');
ok(poll_until($node, executed($campaign), '1', 30), 'and has what waits tried at once');

# ---- by mail --------------------------------------------------------------------------------------------------------------

$campaign = campaign_over('mail', 'smtp', 'smtp://127.0.0.1:' . $other->port, '"allow_clear": true, "retry_first_ms": 20, "retry_cap_ms": 200');
ok(poll_until($node, causes($campaign), 'channel_unreachable error', 30), 'a mail server, too');
ok(poll_until($node, open_alerts($campaign), '1', 30), 'with an alert');

# what the server says, even that it does not want it, is an answer
$campaign = campaign_over('answers', 'http', $sink->url('/status/503'), '"retry_first_ms": 10, "retry_cap_ms": 20, "idempotent": true');
ok(poll_until($node, "SELECT attempt > 3 FROM campaign.action WHERE campaign_id = $campaign", 't', 30), 'a gateway that answers by 503');
is($node->safe_psql('postgres', causes($campaign)), '', 'is reached');

$node->stop;
done_testing();
