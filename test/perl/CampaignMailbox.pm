=head1 NAME

CampaignMailbox - a Dovecot of the test's own: mailboxes over IMAP, delivery by LMTP, certificates of a local authority

=head1 SYNOPSIS

  use CampaignMailbox;

  my $mail = start_mail('anna');
  $mail->deliver('anna', "From: ada\@example.com\n\nHello\n");
  $mail->url;        # imaps://localhost:PORT, of the authority $mail->authority
  $mail->flags('anna');
  $mail->stop;

It runs as the user of the test, on 127.0.0.1, and is ended by its own process id.

=cut

package CampaignMailbox;

use strict;
use warnings;

use Exporter 'import';
use IO::Socket::INET;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(start_mail);

my @servers;

=head1 FUNCTIONS

=over

=item start_mail(@users)

Starts the server with these users, whose passwords are "secret", and returns it
when it listens.

=back

=cut

sub start_mail
{
	my (@users) = @_;
	my $place = PostgreSQL::Test::Utils::tempdir_short();
	my $self = bless {
		place => $place,
		imap => PostgreSQL::Test::Cluster::get_free_port(),
		imaps => PostgreSQL::Test::Cluster::get_free_port(),
		lmtp => PostgreSQL::Test::Cluster::get_free_port(),
	}, __PACKAGE__;

	make_certificates($place);
	PostgreSQL::Test::Utils::append_to_file("$place/users", join '', map { "$_:{PLAIN}secret::::::\n" } @users);
	PostgreSQL::Test::Utils::append_to_file("$place/dovecot.conf", $self->configuration);
	mkdir "$place/$_" or die "could not make $place/$_: $!" for qw(run state mail);
	push @servers, $self;
	$self->start;
	return $self;
}

# An authority, a certificate of it for localhost, and a second authority that knows nothing of it.
sub make_certificates
{
	my ($place) = @_;
	my @key = qw(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes);
	for my $authority (qw(ca other))
	{
		command('openssl', 'req', '-x509', @key, '-days', 30, '-subj', "/CN=$authority", '-keyout', "$place/$authority.key",
			'-out', "$place/$authority.pem");
	}
	command('openssl', 'req', @key, '-subj', '/CN=localhost', '-keyout', "$place/server.key", '-out', "$place/server.csr");
	PostgreSQL::Test::Utils::append_to_file("$place/names", "subjectAltName=DNS:localhost\n");
	command('openssl', 'x509', '-req', '-in', "$place/server.csr", '-CA', "$place/ca.pem", '-CAkey', "$place/ca.key",
		'-CAcreateserial', '-days', 30, '-extfile', "$place/names", '-out', "$place/server.pem");
	return;
}

sub command
{
	my (@command) = @_;
	my $output = '';
	IPC::Run::run(\@command, '<', '/dev/null', '>', \$output, '2>&1') or die "@command: $output";
	return $output;
}

sub configuration
{
	my ($self) = @_;
	my $user = getpwuid $<;
	my $group = getgrgid((split / /, $()[0]);
	my $place = $self->{place};
	return <<"CONF";
base_dir = $place/run
state_dir = $place/state
log_path = $place/log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = $user
default_internal_group = $group
default_login_user = $user
first_valid_uid = 1
mail_uid = $user
mail_gid = $group
mail_home = $place/mail/%n
mail_location = maildir:~/Maildir
auth_username_format = %n
disable_plaintext_auth = no
ssl = yes
ssl_cert = <$place/server.pem
ssl_key = <$place/server.key
passdb {
  driver = passwd-file
  args = $place/users
}
userdb {
  driver = static
  args = uid=$user gid=$group home=$place/mail/%n
}
namespace inbox {
  inbox = yes
}
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = $self->{imap}
  }
  inet_listener imaps {
    port = $self->{imaps}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = $self->{lmtp}
  }
}
CONF
}

END
{
	my $status = $?;
	$_->stop for @servers;
	$? = $status;
}

=head1 METHODS

=over

=item start, stop

Stops, waiting until it is gone, and starts, waiting until it listens.

=cut

sub start
{
	my ($self) = @_;
	$self->{process} = IPC::Run::start([ 'dovecot', '-F', '-c', "$self->{place}/dovecot.conf" ], '<', '/dev/null', '>', "$self->{place}/output",
		'2>&1');
	for my $port (@$self{qw(imap imaps lmtp)})
	{
		my $limit = time + 20;
		until (IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port))
		{
			die "dovecot does not listen:\n" . join "\n", map { -e && PostgreSQL::Test::Utils::slurp_file($_) } "$self->{place}/output",
				"$self->{place}/log"
				if time >= $limit;
			sleep 0.05;
		}
	}
	return;
}

sub stop
{
	my ($self) = @_;
	my $process = delete $self->{process} or return;
	$process->signal('TERM');
	$process->finish;
	return;
}

=item url, clear_url, lmtp_port, authority, other_authority

Where it listens with TLS from the start, where with STARTTLS, and where mails are delivered to; the files of
the authority that its certificate is of, and of another one.

=cut

sub url { return "imaps://localhost:$_[0]{imaps}"; }
sub clear_url { return "imap://localhost:$_[0]{imap}"; }
sub lmtp_port { return $_[0]{lmtp}; }
sub authority { return "$_[0]{place}/ca.pem"; }
sub other_authority { return "$_[0]{place}/other.pem"; }

=item deliver($user, @messages)

Delivers by LMTP, as a mail server would, and returns when all are in the mailbox. The envelope
names the address that is the whole of From, and nobody where that is a mailer-daemon.

=cut

sub deliver
{
	my ($self, $user, @messages) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{lmtp}, Timeout => 20) or die "lmtp: $@";
	my $say = sub {
		my ($text, $code) = @_;
		print $socket $text;
		while (my $line = <$socket>)
		{
			die "lmtp: $line" if $line !~ /^$code/;
			last if $line =~ /^\d+ /;
		}
	};
	$say->('', 220);
	$say->("LHLO localhost\r\n", 250);
	for my $message (@messages)
	{
		my ($sender) = $message =~ /^From: ([^\s@]+@\S+)$/m;
		$say->('MAIL FROM:<' . ($sender =~ /^mailer-daemon/ ? '' : $sender) . ">\r\n", 250);
		$say->("RCPT TO:<$user\@localhost>\r\n", 250);
		$say->("DATA\r\n", 354);
		$say->($message =~ s/\r?\n/\r\n/gr =~ s/^\./../mgr . "\r\n.\r\n", 250);
	}
	$say->("QUIT\r\n", 221);
	return;
}

=item certificate

The files of the server's certificate, for other servers of the test: a hash of cert and key.

=cut

sub certificate { return { cert => "$_[0]{place}/server.pem", key => "$_[0]{place}/server.key" }; }

=item messages($user)

The texts of all messages in the mailbox.

=cut

sub messages
{
	my ($self, $user) = @_;
	return map { PostgreSQL::Test::Utils::slurp_file($_) } glob "$self->{place}/mail/$user/Maildir/new/* $self->{place}/mail/$user/Maildir/cur/*";
}

=item files($user)

Names of the files of all messages in the mailbox; a name that has ",...S" at its
end is that of one that was seen.

=cut

sub files
{
	my ($self, $user) = @_;
	return map { s{.*/}{}r } glob "$self->{place}/mail/$user/Maildir/new/* $self->{place}/mail/$user/Maildir/cur/*";
}

sub seen
{
	my ($self, $user) = @_;
	return scalar grep { /,[A-Z]*S[A-Z]*$/ } $self->files($user);
}

=item make_folder($user, $folder), filed($user, $folder)

Makes another folder of the mailbox, and the texts of all messages in it.

=cut

sub make_folder
{
	my ($self, $user, $folder) = @_;
	command('doveadm', '-c', "$self->{place}/dovecot.conf", 'mailbox', 'create', '-u', $user, $folder);
	return;
}

sub filed
{
	my ($self, $user, $folder) = @_;
	my $place = "$self->{place}/mail/$user/Maildir/.$folder";
	return map { PostgreSQL::Test::Utils::slurp_file($_) } glob "$place/new/* $place/cur/*";
}

=item renumber($user)

Gives the mailbox another UIDVALIDITY, and its messages other UIDs.

=back

=cut

sub renumber
{
	my ($self, $user) = @_;
	my $old = $self->{renumbered} // 1_000_000;
	$self->stop;
	unlink glob "$self->{place}/mail/$user/Maildir/dovecot*";
	PostgreSQL::Test::Utils::append_to_file("$self->{place}/mail/$user/Maildir/dovecot-uidlist", '3 V' . ++$old . " N1 G0123456789abcdef0123456789abcdef\n");
	$self->{renumbered} = $old;
	$self->start;
	return;
}

1;
