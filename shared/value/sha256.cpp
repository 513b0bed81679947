#include "shared/value/sha256.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "shared/base/check.hpp"

namespace callboard {
namespace {

/// Looked up once: EVP_sha256() is looked up by its name at every use.
const EVP_MD* algorithm() {
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kSha256;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  Sha256 out{};
  unsigned int size = 0;
  CALLBOARD_CHECK(EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, algorithm(), nullptr) == 1);
  return out;
}

class Sha256Stream::Context {
 public:
  Context() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    CALLBOARD_CHECK(context_ && EVP_DigestInit_ex(context_.get(), algorithm(), nullptr) == 1);
  }
  Context(const Context& other) : Context() {
    CALLBOARD_CHECK(EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()) == 1);
  }
  Context& operator=(const Context&) = delete;
  EVP_MD_CTX* get() { return context_.get(); }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {}
Sha256Stream::Sha256Stream(const Sha256Stream& other)
    : context_(std::make_unique<Context>(*other.context_)) {}
Sha256Stream& Sha256Stream::operator=(const Sha256Stream& other) {
  if (this != &other) context_ = std::make_unique<Context>(*other.context_);
  return *this;
}
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;
Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::add(std::string_view bytes) {
  CALLBOARD_CHECK(EVP_DigestUpdate(context_->get(), bytes.data(), bytes.size()) == 1);
}

Sha256 Sha256Stream::hash() const {
  Context copy(*context_);
  Sha256 out{};
  unsigned int size = 0;
  CALLBOARD_CHECK(EVP_DigestFinal_ex(copy.get(), out.data(), &size) == 1);
  return out;
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  Sha256 out{};
  unsigned int size = 0;
  CALLBOARD_CHECK(HMAC(algorithm(), key.data(), static_cast<int>(key.size()),
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(),
                       &size) != nullptr);
  return out;
}

std::string to_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

std::string to_hex(const Sha256& hash) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
}

bool is_hash(std::string_view text) {
  return text.size() == 2 * sizeof(Sha256) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace callboard
