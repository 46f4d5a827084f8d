=head1 NAME

CampaignMix - a constant mix of all that the workers do, for tests that are about time and memory

=head1 SYNOPSIS

  my $mail = start_mail('anna');
  my $node = new_node('campaign.ca_file' => $mail->authority);
  my $mix = start_mix($node, $mail);
  $mix->second for 1 .. 60;
  $mix->finish;      # nobody comes any more; true when all is at rest

Each second people come into campaigns over HTTP (to a receiver that fails now and then), over an adapter of
several requests, and over mail, by calls and by an audience; some answer by mail, some opt out, some are
erased; campaigns are made, edited and archived. What is old is cleaned away. All is on loopback.

=cut

package CampaignMix;

use strict;
use warnings;

use Exporter 'import';

use CampaignAdapter;
use CampaignMail;
use CampaignTest;

our @EXPORT = qw(start_mix);

=head1 FUNCTIONS

=over

=item start_mix($node, $mail)

Makes the extension, the receivers and the first campaigns. $mail is a CampaignMailbox with a user anna, whose
authority the server trusts.

=cut

sub start_mix
{
	my ($node, $mail) = @_;
	my $self = bless { node => $node, mail => $mail, second => 0, answered => 0, letters => '1970-01-01' }, __PACKAGE__;
	my $sink = $self->{sink} = start_sink('--idempotent');
	my $smtpd = $self->{smtpd} = start_smtpd($mail->certificate, '--login', 'anna:secret');
	my $gateway = $self->{gateway} = start_gateway('unipile', '--token', 'token');
	my @urls = ($sink->url('/flaky?percent=10'), $gateway->url('/api/v1'), "smtp://localhost:$smtpd->{port}");
	$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
	$self->sql(<<"SQL");
SELECT campaign.set_secret('anna', 'anna:secret'), campaign.set_secret('box', 'secret'), campaign.set_secret('network', 'token');
INSERT INTO campaign.channel (name, transport, adapter, url, secret, options) VALUES
	('web', 'http', NULL, '$urls[0]', NULL, '{"allow_http": true, "allow_private": true, "idempotent": true, "places": 8, "retries": 9, "retry_first_ms": 50}'),
	('network', 'http', 'unipile', '$urls[1]', 'network', '{"allow_http": true, "allow_private": true}'),
	('post', 'smtp', NULL, '$urls[2]', 'anna', '{"allow_private": true}');
INSERT INTO campaign.member (name) VALUES ('Anna');
INSERT INTO campaign.account (member_id, channel_id, address, provider)
	SELECT m.id, c.id, CASE c.name WHEN 'post' THEN 'anna\@sender.example' ELSE c.name END, c.name
	FROM campaign.member m, campaign.channel c WHERE c.name IN ('web', 'network', 'post');
INSERT INTO campaign.quota (scope, account_id, period, max_actions)
	SELECT 'account', a.id, 'hour', 1000000 FROM campaign.account a;
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, poll_every, options)
	VALUES ('anna', campaign.account_id('anna\@sender.example'), '@{[$mail->url]}', 'anna', 'box', '2 seconds', '{"allow_private": true}');
INSERT INTO campaign.workspace_setting (workspace_id, keep_letters) VALUES (1, '30 days');
CREATE TABLE invoice (no serial PRIMARY KEY, email text NOT NULL, status text NOT NULL DEFAULT 'overdue');
CREATE VIEW overdue AS SELECT no, email, status FROM invoice WHERE status <> 'paid';
CREATE TRIGGER audience AFTER INSERT OR UPDATE OR DELETE ON invoice FOR EACH STATEMENT EXECUTE FUNCTION campaign.audience_changed();
SELECT campaign.create_sequence('web', '[{"visit": {}}, {"delay": "2 seconds"}, {"branch": [{"when": "\$.prospect.n > 4",
	"then": [{"set": {"late": "{{n}}"}}]}, {"else": [{"delay": "1 second"}]}]}, {"wait": {"until": "opened", "within": "5 seconds", "else": "continue"}}, {"visit": {}}]');
SELECT campaign.create_sequence('network', '[{"visit": {}}, {"invite": {"note": "Hello {{first_name|you}}"}}]');
SELECT campaign.create_sequence('post', '[{"email": {"subject": "Hello {{first_name|you}}", "body": "Dear {{external_id}}", "html": "<p>Dear {{external_id}}</p>"}},
	{"delay": "20 seconds"}, {"email": {"subject": "Again", "body": "Are you there?"}}]');
SELECT campaign.create_sequence('dun', '[{"action": "visit", "payload": {"tag": "{{row.status}}"}}, {"delay": "10 seconds"}, {"visit": {}}]');
SELECT campaign.create_audience('overdue', source => 'overdue', key => 'no', every => '10 seconds');
SQL
	$self->campaign($_, $_, $_ eq 'dun' ? 'web' : $_, $_ eq 'dun' ? "campaign.audience_id('overdue')" : 'NULL') for qw(web network post dun);
	return $self;
}

=back

=head1 METHODS

=over

=item sql($statements)

What they give, as superuser.

=cut

sub sql
{
	my ($self, $statements) = @_;
	return $self->{node}->safe_psql('postgres', "SET client_min_messages = warning;\n$statements");
}

sub campaign
{
	my ($self, $name, $sequence, $account, $audience) = @_;
	my $address = $account eq 'post' ? 'anna@sender.example' : $account;
	$self->sql(<<"SQL");
SELECT campaign.launch(campaign.create_campaign('$name', '$sequence', (SELECT id FROM campaign.member WHERE name = 'Anna'),
	ARRAY[campaign.account_id('$address')], audience => $audience, settings => '{"active_cap": 1000000, "exit_when_unmatched": true}'));
SQL
	return;
}

# New people in a campaign.
sub join_in
{
	my ($self, $campaign, $prefix, $n) = @_;
	my $name = "$prefix-$self->{second}";
	return <<"SQL";
INSERT INTO campaign.prospect (external_id, email, first_name, linkedin_url, attributes)
	SELECT '$name-' || i, '$name-' || i || '\@example.com', 'F' || i, 'https://www.linkedin.com/in/$name-' || i || '/', jsonb_build_object('n', i)
	FROM generate_series(1, $n) i;
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('$campaign'), ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE '$name-%'));
SQL
}

# Some whose mail has come answer it, and one message is about nobody.
sub answer
{
	my ($self) = @_;
	my @answers;
	my $rows = $self->sql(<<"SQL");
SELECT l.message_id, l.address, l.at FROM campaign.letter l WHERE l.at > '$self->{letters}' ORDER BY l.at LIMIT 1
SQL
	for my $row (split /\n/, $rows)
	{
		my ($id, $address, $at) = split /\|/, $row;
		$self->{letters} = $at;
		push @answers, "From: $address\nMessage-ID: <" . ++$self->{answered} . "\@example.com>\nIn-Reply-To: <$id>\nSubject: Re: Hello\n\nYes\n";
	}
	push @answers, "From: stranger\@example.com\nMessage-ID: <" . ++$self->{answered} . "\@example.com>\nSubject: Offer\n\nNo\n";
	$self->{mail}->deliver('anna', @answers);
	return;
}

# What comes now and then: campaigns are made, edited, looked at and given up, and people are erased.
sub now_and_then
{
	my ($self) = @_;
	my $second = $self->{second};
	my $sql = '';
	if ($second % 5 == 1)
	{
		$sql .= <<"SQL";
SELECT campaign.erase_prospect(e.prospect_id) FROM (SELECT r.prospect_id FROM campaign.enrollment r JOIN campaign.prospect p ON p.id = r.prospect_id
	WHERE r.ended_at < now() - interval '10 seconds' AND p.external_id NOT LIKE 'erased%' ORDER BY r.ended_at LIMIT 1) e;
SELECT campaign.suppress('email', p.email) FROM campaign.prospect p JOIN campaign.enrollment r ON r.prospect_id = p.id
	WHERE r.ended_at IS NULL AND p.email IS NOT NULL ORDER BY r.id DESC LIMIT 1;
SELECT count(campaign.record_event('opened', p.id)) FROM campaign.prospect p JOIN campaign.enrollment r ON r.prospect_id = p.id WHERE r.ended_at IS NULL AND r.id % 7 = 0;
SELECT count(*) FROM campaign.health;
SQL
	}
	if ($second % 10 == 2)
	{
		$self->campaign("brief $second", 'web', 'web', 'NULL');
		$sql .= $self->join_in("brief $second", 'brief', 3);
		$sql .= "SELECT campaign.edit_step(campaign.campaign_id('dun'), 'visit', '{\"tag\": \"{{row.status}} $second\"}');\n";
		$sql .= "SELECT count(*) FROM campaign.dry_run(campaign.campaign_id('brief $second'));\n";
		my $old = $second - 30;
		$sql .= "SELECT campaign.stop(campaign.campaign_id('brief $old'), false), campaign.archive(campaign.campaign_id('brief $old'));\n" if $old >= 2;
	}
	# As if a month had passed: what is cleaned away is then looked for at once, not once a day.
	if ($second % 20 == 3)
	{
		$sql .= <<"SQL";
UPDATE campaign.letter SET at = at - interval '40 days' WHERE at < now() - interval '40 seconds' AND at > now() - interval '1 day';
UPDATE campaign.dedup SET at = at - interval '40 days' WHERE at < now() - interval '40 seconds' AND at > now() - interval '1 day';
UPDATE campaign.cleaning SET walked_at = walked_at - interval '2 days';
DELETE FROM invoice WHERE status = 'paid';
SQL
	}
	return $sql;
}

=item second

What comes in one second. Takes less than that.

=cut

sub second
{
	my ($self) = @_;
	my $second = ++$self->{second};
	my $sql = $self->join_in('web', 'web', 6);
	$sql .= $self->join_in('post', 'post', 2);
	$sql .= $self->join_in('network', 'net', 1) if $second % 2;
	$sql .= "INSERT INTO invoice (email) SELECT 'i-$second-' || i || '\@example.com' FROM generate_series(1, 2) i;\n";
	$sql .= "UPDATE invoice SET status = 'paid' WHERE no IN (SELECT no FROM invoice WHERE status <> 'paid' ORDER BY no LIMIT 2);\n" if $second > 8;
	$sql .= $self->now_and_then;
	$self->sql($sql);
	$self->answer if $second % 2;
	return;
}

=item finish($seconds)

Waits until nothing is to be done any more, and says whether that came.

=cut

sub finish
{
	my ($self, $seconds) = @_;
	$self->sql('DELETE FROM invoice');
	return poll_until($self->{node}, <<"SQL", '0', $seconds);
SELECT (SELECT count(*) FROM campaign.enrollment WHERE ended_at IS NULL) + (SELECT count(*) FROM campaign.inbox)
SQL
}

=item answers

How many mails of people have been read and found to be answers. The log may have forgotten them.

=cut

sub answers
{
	my ($self) = @_;
	return $self->sql('SELECT COALESCE(sum(matched), 0) FROM campaign.mailbox_status');
}

=item workers

The processes of the workers, by their kinds.

=back

=cut

sub workers
{
	my ($self) = @_;
	my %workers = map { reverse split /\|/ } split /\n/, $self->sql("SELECT pid, kind FROM campaign.worker_status WHERE pid IS NOT NULL");
	return \%workers;
}

1;
