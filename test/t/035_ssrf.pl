# What a channel, a mail server or a mailbox is not let go to: whatever is not public, unless the server's
# administrator has listed it and the channel says that it is meant. Nothing is sent, and no connection made.
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use IO::Socket::INET;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.private_networks' => '', 'campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

# Accepts what comes and counts it; nobody answers.
my $listener = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1', Proto => 'tcp', Blocking => 0) or die "no listener: $!";
my $port = $listener->sockport;

sub connections
{
	my $n = 0;
	$n++ while $listener->accept;
	return $n;
}

# ---- by HTTP ------------------------------------------------------------------------------------------------

my %host = (number => '127.0.0.1', name => 'localhost', decimal => '2130706433', hexadecimal => '0x7f.1', octal => '0177.0.0.1', 'this network' => '0.0.0.0',
	IPv6 => '[::1]', mapped => '[::ffff:127.0.0.1]', NAT64 => '[64:ff9b::7f00:1]', 'link-local' => '169.254.169.254', private => '10.255.255.1', carrier => '100.64.0.1');
my %campaign;
for my $what (sort keys %host)
{
	$campaign{$what} = run_campaign($node, url => "http://$host{$what}:$port/", options => { retry_first_ms => 3600000 });
}
if (!ok(poll_until($node, "SELECT count(*) FROM campaign.action WHERE state = 'queued' AND attempt = 1", scalar(keys %host), 60), 'twelve spellings are tried once each'))
{
	diag($node->safe_psql('postgres', 'SELECT campaign_id, state, attempt, reason, outcome FROM campaign.action'));
}
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.action WHERE outcome ->> 'detail' LIKE 'connect: the address is not of the public internet%'"), scalar(keys %host),
	'and refused, each for what it is');
is(connections(), 0, 'nothing is connected to, though the channels allow it');

# ---- by mail ------------------------------------------------------------------------------------------------

$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.channel (id, name, transport, url, secret, options) VALUES (901, 'relay', 'smtp', 'smtp://localhost:$port', 'relay', '{"allow_private": true, "retry_first_ms": 3600000}');
SELECT campaign.set_secret('relay', 'anna:secret'), campaign.set_secret('box', 'secret');
INSERT INTO campaign.member (id, name) VALUES (901, 'Anna');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (901, 901, 901, 'anna\@example.org');
INSERT INTO campaign.prospect (external_id, email) VALUES ('ada', 'ada\@example.com');
SELECT campaign.create_sequence('mail', '[{"email": {"subject": "S", "body": "B"}}]');
SELECT campaign.launch(campaign.create_campaign('mail', 'mail', 901, '{901}'));
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('mail'), ARRAY[campaign.prospect_id('ada')]);
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, poll_every, options) VALUES ('box', 901, 'imap://127.0.0.1:$port', 'anna', 'box', '1 hour', '{"allow_private": true}');
SQL
ok(poll_until($node, "SELECT count(*) FROM campaign.action WHERE action_kind = 'email' AND state = 'queued' AND attempt = 1", '1', 30), 'a mail is tried once');
ok(poll_until($node, 'SELECT code FROM campaign.mailbox_state', 'mailbox_refused', 30), 'and a mailbox is looked at');
is(connections(), 0, 'and neither server is connected to');

# ---- what is listed ------------------------------------------------------------------------------------------

for my $bad ('localhost', '127.0.0.1/33', '0x7f.0.0.1')
{
	my ($code, $out, $error) = $node->psql('postgres', "ALTER SYSTEM SET campaign.private_networks = '$bad'");
	like($error, qr/invalid value for parameter "campaign.private_networks"/, "'$bad' is no list");
}
$node->safe_psql('postgres', "CREATE ROLE someone LOGIN");
my ($code, $out, $error) = $node->psql('postgres', 'SHOW campaign.private_networks', extra_params => [ '-U', 'someone' ]);
isnt($code, 0, 'who is no superuser does not see it');
my $sink = start_sink('--idempotent');
my $listed = run_campaign($node, url => $sink->url, options => { retry_first_ms => 200, retry_cap_ms => 200, retries => 100 });
my $meant_otherwise = run_campaign($node, url => $sink->url('/otherwise'), options => { allow_private => 0, retry_first_ms => 200, retry_cap_ms => 200, retries => 100 });
ok(poll_until($node, "SELECT min(attempt) > 1 FROM campaign.action WHERE campaign_id IN ($listed, $meant_otherwise)", 't', 30), 'a gateway is tried again and again');
is(scalar(my @none = $sink->requests), 0, 'in vain');
$node->safe_psql('postgres', "ALTER SYSTEM SET campaign.private_networks = '10.0.0.0/8, 127.0.0.1'");
$node->reload;
ok(poll_until($node, "SELECT state FROM campaign.action WHERE campaign_id = $listed", 'complete', 30), 'until it is listed');
my @requests = $sink->requests;
is(scalar(grep { $_->{path} =~ /otherwise/ } @requests), 0, 'but for a channel that does not say that it is meant');
$node->safe_psql('postgres', "UPDATE campaign.mailbox SET poll_every = '2 hours'");
ok(wait_until(sub { connections() > 0 }, 30), 'nor is a mailbox refused any more');
$node->stop('fast');
done_testing();
