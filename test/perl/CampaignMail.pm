=head1 NAME

CampaignMail - campaigns of mails for the TAP tests, and the servers that they go to

=head1 SYNOPSIS

  my $authority = make_authority();
  my $smtpd = start_smtpd($authority, '--login', 'anna@example.org:secret');
  my $campaign = mail_campaign($node, url => "smtp://localhost:$smtpd->{port}",
      login => 'anna@example.org:secret', to => ['ada@example.com']);
  poll_until($node, runs_left($campaign), '0', 30);
  is(outcomes($node, $campaign), 'complete 1', 'it was accepted');

=cut

package CampaignMail;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run ();
use JSON::PP ();
use PostgreSQL::Test::Utils;

use CampaignTest ();

our @EXPORT = qw(make_authority start_smtpd start_odd_smtpd mail_campaign set_login runs_left left_of outcomes message_ids);

my $campaigns = 0;
my @servers;

=head1 FUNCTIONS

=over

=item make_authority()

An authority and a certificate of it for localhost: a hash of the files ca, cert
and key. Nothing if there is no openssl.

=cut

sub make_authority
{
	my $place = PostgreSQL::Test::Utils::tempdir('authority');
	my %files = map { $_ => "$place/$_.pem" } qw(ca ca_key cert key request);
	my $curve = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
	append_to_file("$place/extensions", "subjectAltName=DNS:localhost\n");
	for my $command ("req -x509 $curve -keyout $files{ca_key} -out $files{ca} -days 2 -subj /CN=tests",
		"req $curve -keyout $files{key} -out $files{request} -subj /CN=localhost",
		"x509 -req -in $files{request} -CA $files{ca} -CAkey $files{ca_key} -CAcreateserial -out $files{cert} -days 2 -extfile $place/extensions")
	{
		return if system("openssl $command >>$place/log 2>&1") != 0;
	}
	return \%files;
}

=item start_smtpd($authority, @options), start_odd_smtpd(@options)

Servers of test/mail, ended with the test. They have a port; C<events> are the
lines of the first one's log, C<lines> those of either, C<accepted> the ids that
the second one accepted, in order of ids.

=cut

sub start
{
	my (@command) = @_;
	my $place = PostgreSQL::Test::Utils::tempdir('smtpd');
	my $self = bless { log => "$place/log", output => "$place/output" }, __PACKAGE__ . '::Server';
	append_to_file($self->{log}, '');
	$self->{process} = IPC::Run::start([ @command, '--log', $self->{log} ], '<', '/dev/null', '>', $self->{output}, '2>&1');
	push @servers, $self;
	CampaignTest::receives($self);
	CampaignTest::wait_until(sub { ($self->{port}) = slurp_file($self->{output}) =~ /listening (\d+)\n/ }, 20)
		or die 'the mail server does not listen: ' . slurp_file($self->{output});
	return $self;
}

sub start_smtpd
{
	my ($authority, @options) = @_;
	return start('test/mail/smtpd', '--cert', $authority->{cert}, '--key', $authority->{key}, @options);
}

sub start_odd_smtpd { return start('test/mail/odd_smtpd', @_); }

=item mail_campaign($node, url => $url, to => [@addresses], login => 'user:password', body => undef, options => {}, more => '')

A launched campaign of one email to each address, and its id. The login is the
account's own. body 'long' is one of some megabytes. more: steps behind the email,
each with a comma before it.

=cut

sub mail_campaign
{
	my ($node, %wish) = @_;
	my $name = 'm' . ++$campaigns;
	my %options = (allow_private => 1, %{ $wish{options} // {} });
	for my $flag (grep { exists $options{$_} } qw(allow_private allow_clear))
	{
		$options{$flag} = $options{$flag} ? JSON::PP::true : JSON::PP::false;
	}
	my $json = JSON::PP->new->canonical->encode(\%options);
	my $secret = defined $wish{login} ? "'$name:{address}'" : 'NULL';
	my $login = defined $wish{login} ? "SELECT campaign.set_secret('$name:anna\@example.org', '$wish{login}') \\gset" : '';
	my $to = join ', ', map {"'$_'"} @{ $wish{to} };
	my $more = $wish{more} // '';
	my $blob = ($wish{body} // '') eq 'long' ? q(repeat(repeat('x', 70) || E'\n', 13000)) : q('you');
	# an attribute has at most a megabyte
	my $blobs = '{{blob}}' x (($wish{body} // '') eq 'long' ? 4 : 1);

	return $node->safe_psql('postgres', <<"SQL");
\\set QUIET 1
\\pset tuples_only on
SET client_min_messages = warning;
$login
INSERT INTO campaign.channel (name, transport, url, secret, options) VALUES ('$name', 'smtp', '$wish{url}', $secret, '$json') RETURNING id AS channel \\gset
INSERT INTO campaign.member (name) VALUES ('$name') RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
	VALUES (:member, :channel, 'anna\@example.org', 'office365') RETURNING id AS account \\gset
INSERT INTO campaign.prospect (external_id, email, attributes)
	SELECT '$name-' || i, a, jsonb_build_object('blob', $blob) FROM unnest(ARRAY[$to]) WITH ORDINALITY AS t(a, i);
SELECT campaign.create_sequence('$name', '[{"email": {"subject": "Hello {{email}}", "body": "Dear $blobs"}}$more]') AS sequence \\gset
SELECT campaign.create_campaign('$name', '$name', :member, ARRAY[:account]::bigint[],
	settings => '{"active_cap": 1000000}') AS campaign \\gset
SELECT campaign.launch(:campaign) \\gset
SELECT count(*) AS enrolled FROM campaign.enroll(:campaign,
	ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE '$name-%')) \\gset
\\echo :campaign
SQL
}

=item set_login($node, $campaign, 'user:password')

Mends the login of its account, and connects it again.

=cut

sub set_login
{
	my ($node, $campaign, $login) = @_;
	$node->safe_psql('postgres', <<"SQL");
SELECT campaign.set_secret(replace(h.secret, '{address}', a.address), '$login')
FROM campaign.campaign_account c JOIN campaign.account a ON a.id = c.account_id JOIN campaign.channel h ON h.id = a.channel_id
WHERE c.campaign_id = $campaign;
UPDATE campaign.account SET session_state = 'connected' WHERE id IN (SELECT account_id FROM campaign.campaign_account WHERE campaign_id = $campaign);
SQL
	return;
}

=item runs_left($campaign), left_of($campaign)

The statements that count its runs that have not ended, and what is still to be
done for it: of a mail that is held there is nothing.

=cut

sub runs_left
{
	my ($campaign) = @_;
	return "SELECT count(*) FROM campaign.enrollment WHERE campaign_id = $campaign AND ended_at IS NULL";
}

sub left_of
{
	my ($campaign) = @_;
	return "SELECT (SELECT count(*) FROM campaign.action WHERE campaign_id = $campaign AND state IN ('queued', 'processing'))"
		. " + (SELECT count(*) FROM campaign.enrollment WHERE campaign_id = $campaign AND ended_at IS NULL AND due_at <= now())";
}

=item outcomes($node, $campaign)

How many of its actions are in which state, for which reason.

=cut

sub outcomes
{
	my ($node, $campaign) = @_;
	return $node->safe_psql('postgres',
		"SELECT string_agg(concat_ws(' ', state, reason, n), ', ' ORDER BY state, reason) FROM"
			. " (SELECT state, reason, count(*) AS n FROM campaign.action WHERE campaign_id = $campaign GROUP BY 1, 2) a");
}

=item message_ids($node, $campaign)

The Message-IDs of its complete actions, in order.

=back

=cut

sub message_ids
{
	my ($node, $campaign) = @_;
	return [ split /\n/, $node->safe_psql('postgres',
			"SELECT '<' || (content->'mail'->>'message_id') || '>' FROM campaign.action"
			. " WHERE campaign_id = $campaign AND state = 'complete' ORDER BY content->'mail'->>'message_id' COLLATE \"C\"") ];
}

END
{
	# how the test ends is its own affair
	local $?;
	$_->stop for @servers;
}

package CampaignMail::Server;

use strict;
use warnings;

sub lines { return split /\n/, PostgreSQL::Test::Utils::slurp_file($_[0]{log}); }

sub events
{
	return map { JSON::PP->new->decode($_) } $_[0]->lines;
}

sub log { return $_[0]{log}; }

sub port { return $_[0]{port}; }

# As a line of the log of CampaignTest's sinks: what was accepted, by its Message-ID.
sub taking
{
	my ($self, $line) = @_;
	my ($id) = $line =~ /^accepted <(.*)>/;
	($id) = JSON::PP->new->decode($line)->{id} =~ /<(.*)>/ if $line =~ /"what": *"accepted"/;
	return defined $id ? ('', '-', 'MAIL', '/mail', $id, 250, '-') : ();
}

sub accepted { return sort map {/^accepted (.*)/} $_[0]->lines; }

sub stop
{
	my ($self) = @_;
	my $process = delete $self->{process} or return;
	$process->kill_kill(grace => 2);
	return;
}

1;
